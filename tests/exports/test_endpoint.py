"""GET /v1/events: stored events in the order of their arrival."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from exports.conftest import cursor_of, rows_of
from fixtures.cast import ago, bearer, event

COLUMNS = [
    "occurred_at", "received_at", "event_id", "source", "creator", "receiver_type", "receiver_id", "name", "properties",
    "context", "excluded",
]  # fmt: skip


def test_an_event_comes_with_all_that_is_stored_of_it(exported: Any, verdicts: Any) -> None:
    before = datetime.now(UTC)
    sent = event(properties={"page": "/jobs/42", "n": [1.5, None]}, context={"screen": "a\u2028b"})
    assert verdicts(sent) == ["accepted"]
    (row,) = exported()
    assert list(row) == COLUMNS
    assert row["event_id"] == sent["id"]
    assert (row["source"], row["creator"], row["name"]) == ("web", "user-alice", "view")
    assert (row["receiver_type"], row["receiver_id"]) == ("job", "42")
    assert (row["properties"], row["context"], row["excluded"]) == (sent["properties"], sent["context"], None)
    assert row["occurred_at"] == sent["occurred_at"]
    assert abs((datetime.fromisoformat(row["received_at"]) - before).total_seconds()) < 60


def test_an_excluded_event_comes_with_its_reason(exported: Any, verdicts: Any, catalogue: None) -> None:
    at = ago(minutes=9)
    crawler = event(context={"user_agent": "Googlebot/2.1"})
    own = event(receiver="profile:user-alice")
    assert verdicts(event(occurred_at=at), event(occurred_at=at), crawler, own) == ["accepted", "repeat", "bot", "own"]
    rows = exported()
    assert sorted(str(row["excluded"]) for row in rows) == ["None", "bot", "own", "repeat"]
    assert {row["event_id"]: row["excluded"] for row in rows}[crawler["id"]] == "bot"


def test_a_late_event_comes_after_what_arrived_before_it(exported: Any, verdicts: Any) -> None:
    sent = [event(occurred_at=ago(days=days, minutes=5)) for days in (0, 3, 1)]
    for one in sent:
        verdicts(one)
    assert [row["event_id"] for row in exported()] == [one["id"] for one in sent]


def test_the_next_cursor_leads_to_what_arrives_next(exporting: Any, exported: Any, settled: Any, verdicts: Any) -> None:
    verdicts(event())
    settled()
    first = exporting()
    assert len(rows_of(first)) == 1
    cursor = first.headers["Next-Cursor"]
    assert "Link" not in first.headers
    assert rows_of(exporting(f"cursor={cursor}")) == []
    late = event(occurred_at=ago(days=2))
    verdicts(late)
    assert [row["event_id"] for row in rows_of(exporting(f"cursor={cursor}"))] == [], "it arrived just now"


def test_a_limit_cuts_the_answer_and_says_where_to_go_on(exporting: Any, settled: Any, verdicts: Any) -> None:
    for _ in range(3):
        verdicts(*[event() for _ in range(3)])
    settled()
    whole = rows_of(exporting())
    got, query = [], "limit=2&name=view&source=web"
    while query:
        answer = exporting(query)
        rows = rows_of(answer)
        assert len(rows) <= 2
        got += rows
        link = answer.headers.get("Link", "")
        query = link.removeprefix("<?").removesuffix('>; rel="next"')
        assert not query or f"cursor={answer.headers['Next-Cursor']}" in query
    assert got == whole
    assert len(got) == 9


def test_events_with_one_id_and_one_arrival_are_never_parted(exporting: Any, settled: Any, verdicts: Any) -> None:
    same = "0192f0c1-2222-7000-8000-000000000001"
    verdicts(*[event(id=same, occurred_at=ago(minutes=n)) for n in range(1, 5)], event(id="f" + same[1:]))
    settled()
    first = exporting("limit=1")
    assert [row["event_id"] for row in rows_of(first)] == [same] * 4
    (last,) = rows_of(exporting(f"limit=1&cursor={first.headers['Next-Cursor']}"))
    assert last["event_id"] == "f" + same[1:]


def test_any_row_makes_a_cursor(exporting: Any, settled: Any, verdicts: Any) -> None:
    for _ in range(2):
        verdicts(*[event() for _ in range(3)])
    settled()
    whole = rows_of(exporting())
    for place, row in enumerate(whole, start=1):
        assert rows_of(exporting(f"cursor={cursor_of(row)}")) == whole[place:]
        elsewhere = datetime.fromisoformat(row["received_at"]).isoformat()  # with +00:00, of which the plus is a blank
        assert rows_of(exporting(f"cursor={elsewhere},{row['event_id'].upper()}")) == whole[place:]


FILTERS = {
    "name=view": {"view"}, "name=click__*": {"click__apply"}, "action=click": {"click", "click__apply"},
    "name=view&name=click": {"view", "click"}, "receiver=story:7": {"click"}, "type=story": {"click"},
    "receiver=story:7&receiver=job:77": {"click", "click__apply"}, "owner=globex": {"click__apply"},
    "owner=acme": {"view"}, "owner=acme&receiver=job:77": set(), "owner=nobody": set(), "source=ios": set(),
    "source=web&type=job": {"view", "click__apply"}, "to=2000-01-01": set(), "from=2199-01-01": set(),
}  # fmt: skip


def test_filters_are_those_of_stats(exporting: Any, settled: Any, verdicts: Any, receivers: None) -> None:
    verdicts(event(), event(name="click", receiver="story:7"), event(name="click__apply", receiver="job:77"))
    settled()
    assert {query: {row["name"] for row in rows_of(exporting(query))} for query in FILTERS} == FILTERS
    assert {query: {row["name"] for row in rows_of(exporting(f"{query}&limit=9"))} for query in FILTERS} == FILTERS


def test_a_day_is_one_of_the_timezone_that_is_asked_for(exporting: Any, settled: Any, verdicts: Any) -> None:
    moment = datetime.fromisoformat(ago(days=2)).replace(hour=23, minute=30, second=0, microsecond=0)
    verdicts(event(occurred_at=moment.isoformat()))
    settled()
    utc, berlin = moment.date(), (moment.date().toordinal() + 1)
    berlin_day = datetime.fromordinal(berlin).date()
    found = {
        (day, zone): len(rows_of(exporting(f"from={day}&to={day}&timezone={zone}")))
        for day in (utc, berlin_day)
        for zone in ("UTC", "Europe/Berlin")
    }
    assert found == {
        (utc, "UTC"): 1,
        (utc, "Europe/Berlin"): 0,
        (berlin_day, "UTC"): 0,
        (berlin_day, "Europe/Berlin"): 1,
    }
    assert len(rows_of(exporting(f"from={berlin_day}&to={berlin_day}"))) == 1, "the reporting timezone is Berlin's"
    exact = moment.isoformat().replace("+00:00", "Z")
    assert len(rows_of(exporting(f"from={exact}"))) == 1
    assert rows_of(exporting(f"to={exact}")) == []


def test_a_period_and_a_cursor_both_hold(exporting: Any, settled: Any, verdicts: Any) -> None:
    together = [event(occurred_at=ago(days=3)), event(occurred_at=ago(minutes=5))]
    verdicts(*together)
    verdicts(event(occurred_at=ago(days=2)))
    settled()
    start = ago(days=1)
    (recent,) = rows_of(exporting(f"from={start}"))
    assert recent["event_id"] == together[1]["id"], "it arrived together with an older one"
    whole = rows_of(exporting())
    assert rows_of(exporting(f"from={start}&cursor={cursor_of(recent)}")) == []
    assert rows_of(exporting(f"from={ago(days=4)}&cursor={cursor_of(whole[0])}")) == whole[1:]
    assert rows_of(exporting(f"to={start}&cursor={cursor_of(whole[-1])}")) == []
    following = exporting().headers["Next-Cursor"]
    assert rows_of(exporting(f"from={ago(days=4)}&cursor={following}")) == []
    start = ago(minutes=-1)  # a client's clock may run ahead
    verdicts(event(occurred_at=ago(minutes=-2)))
    settled()
    assert len(rows_of(exporting(f"from={start}"))) == 1


def test_only_a_source_with_the_right_may_export(client: Any, web: str, alice: str, acme: str) -> None:
    kinds = {"not-allowed": web, "wrong-kind": alice}
    for kind, token in [*kinds.items(), ("wrong-kind", acme)]:
        response = client.get("/v1/events", headers=bearer(token))
        assert (response.status_code, response.json["type"]) == (403, f"/problems/{kind}")
    assert client.get("/v1/events").json["type"] == "/problems/token-missing"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=1e3", "limit"), ("limit=9999999999", "limit"),
        ("cursor=", "cursor"), ("cursor=x", "cursor"), ("cursor=2026-02-30T00:00:00Z", "cursor"),
        ("cursor=2026-11-27T00:00:00", "cursor"), ("cursor=2026-11-27T00:00:00Z,1", "cursor"),
        ("cursor=0000-01-01T00:00:00Z", "cursor"), ("cursor=0001-01-01T00:00:00%2B23:59", "cursor"),
        ("cursor=9999-12-31T23:59:59-23:59", "cursor"), ("cursor=2199-01-01T00:00:00Z", "cursor"),
        ("cursor=2026-11-27T00:00:00Z%00", "cursor"), ("cursor=\u0662026-11-27T00:00:00Z", "cursor"),
        ("cursor=" + "2" * 5000, "cursor"), ("format=xml", "format"), ("from=2026-01-02&to=2026-01-01", "from"),
        ("from=0001-01-01", "from"), ("to=9999-12-31", "to"), ("from=9999-12-31T23:59:59-23:59", "from"),
        ("excluded=bot", "excluded"), ("uniques=false", "uniques"), ("receiver=job", "receiver"),
        ("name=view&action=view", "action"), ("timezone=Mars", "timezone"), ("owner=%00", "owner"), ("source=%25", "source"),
    ],
)  # fmt: skip
def test_a_parameter_that_makes_no_sense_is_named(exporting: Any, query: str, field: str) -> None:
    problem = exporting(query, 422).json
    assert problem["type"] == "/problems/invalid-parameters"
    assert problem["errors"].keys() == {field}


def test_a_cursor_behind_which_events_were_dropped_says_so(
    exporting: Any, settled: Any, verdicts: Any, sql: Any
) -> None:
    verdicts(event(occurred_at=ago(days=5)))
    verdicts(event())
    settled()
    _, new = rows_of(exporting())
    dropped = ago(days=3)
    sql("insert into tracking.dropped (until) values (%s)", dropped)
    sql("delete from tracking.events where occurred_at < %s", dropped)
    assert rows_of(exporting()) == [new], "who asks for all gets all there is"
    problem = exporting("cursor=2026-01-01T00:00:00Z", 422).json
    assert problem["type"] == "/problems/raw-events-dropped"
    (way,) = [word for word in problem["detail"].split() if word.startswith("from=")]
    assert rows_of(exporting(f"cursor=2026-01-01T00:00:00Z&{way}")) == [new]
    assert rows_of(exporting("cursor=2026-01-01T00:00:00Z&source=ios")) == []
    assert rows_of(exporting(f"cursor={cursor_of(new)}")) == [], "what was dropped had been read"


def test_no_answer_is_kept_by_anybody(exporting: Any) -> None:
    headers = exporting().headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"] == 'attachment; filename="events.ndjson"'
    assert {"Authorization", "Accept"} <= {name.strip() for line in headers.getlist("Vary") for name in line.split(",")}


def test_an_export_is_in_the_log(exporting: Any, settled: Any, verdicts: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Who took people's data away, and how much."""
    verdicts(event())
    settled()
    size = len(exporting().data)
    said = [record.msg for record in caplog.records if record.msg["event"] == "exported"]
    assert [(one["source"], one["format"], one["bytes"]) for one in said] == [("web", "ndjson", size)]
