"""Rejected events are kept to be looked at, and not to fill the disk."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fixtures.cast import ALICE, bearer, event
from tracking.ingest.decode import Rejection
from tracking.ingest.kept import BYTES_A_MINUTE, NO_MORE, Kept
from tracking.ingest.rows import RejectedRow

row_of = msgspec.json.Decoder(RejectedRow).decode
ROWS = "select reason, length(payload) from tracking.rejected_events order by received_at"


@pytest.fixture
def reject(client: Any, web: str) -> Callable[..., dict[str, int]]:
    """Sends events of 12 KB that are rejected, and answers with the counts of their verdicts."""

    def send(count: int) -> dict[str, int]:
        events = [event(creator=ALICE, receiver="nonsense", properties={"x": "y" * 12_000}) for _ in range(count)]
        return client.post("/v1/events", data=json.dumps({"events": events}), headers=bearer(web)).json["counts"]

    return send


def test_what_is_kept_of_a_source_in_a_minute_is_bounded(reject: Any, sql: Any) -> None:
    """A hundred times as much, in two requests: each is rejected and counted, and one row says that there are more."""
    assert reject(40) == reject(40) == {"rejected": 40}
    kept = sql(ROWS)
    assert 10 < len(kept) <= 2 * 17 + 1  # a minute may have ended between
    assert sum(octets or 0 for _, octets in kept) <= 2 * BYTES_A_MINUTE
    assert [reason for reason, _ in kept].count(NO_MORE) in {1, 2}
    assert sql("select sum(events) from tracking.ingest_ledger where verdict = 'rejected'") == [(80,)]


def test_what_is_kept_of_conflicts_is_bounded_too(client: Any, web: str, sql: Any) -> None:
    """As much for each source; each is answered and counted all the same."""
    ids = [event(creator=ALICE) for _ in range(40)]

    def send(kind: str) -> dict[str, int]:
        events = [one | {"properties": {"x": kind * 12_000}} for one in ids]
        return client.post("/v1/events", data=json.dumps({"events": events}), headers=bearer(web)).json["counts"]

    assert send("a").keys() <= {"accepted", "repeat"}
    assert send("b") == send("c") == {"conflict": 40}
    ((octets, rows),) = sql("select sum(length(payload)), count(*) from tracking.rejected_events")
    assert 10 < rows <= 2 * 17  # a minute may have ended between
    assert octets <= 2 * BYTES_A_MINUTE
    assert sql("select sum(events) from tracking.ingest_ledger where verdict = 'conflict'") == [(80,)]


def test_another_sources_rejections_are_kept_all_the_same(app: Any, reject: Any, sql: Any) -> None:
    reject(40)
    kept = app.extensions["footfall"].intake.kept
    assert row_of(kept.rows("ios", [Rejection("name", "missing")])[0]).reason == "missing"
    assert row_of(kept.rows("web", [Rejection("name", "x" * BYTES_A_MINUTE)])[0]).reason is None


def test_the_ledger_balances_where_not_all_is_kept(reject: Any, footfall: Any) -> None:
    reject(40)
    assert "balance" in footfall("ledger").stdout


def test_the_bound_is_to_the_byte() -> None:
    rejection = Rejection("name", "missing", payload="x")
    size = len(Kept().rows("web", [rejection])[0])
    for most, whole in ((3 * size, 3), (3 * size - 1, 2)):
        rows = [row_of(row) for row in Kept(most).rows("web", [rejection] * 5)]
        assert [row for row in rows if row.payload is not None] == [rows[0]] * whole
        assert [row.reason == NO_MORE for row in rows].index(True) == whole
        assert rows[-1] == RejectedRow("web", "")


def test_an_import_keeps_all_that_it_rejects(footfall: Any, sql: Any, tmp_path: Any) -> None:
    """Who imports a file has it on disk already."""
    file = tmp_path / "bad.ndjson"
    line = event(creator=ALICE, receiver="nonsense", properties={"x": "y" * 12_000})
    lines = [*(event(creator=ALICE) for _ in range(10)), *(line | {"id": f"e{number}"} for number in range(30))]
    file.write_text("".join(json.dumps(one) + "\n" for one in lines))
    footfall("import", str(file), "--format", "ndjson", "--source", "web")
    assert sql("select count(*), count(payload) from tracking.rejected_events") == [(30, 30)]


def test_no_credential_is_kept_wherever_it_stands(client: Any, web: str, sql: Any) -> None:
    """Who watches events arrive would read it, and act as its source."""
    sent = [
        event(token=web),
        event(**{web: 1}),
        event(name="?", properties={"a": [web]}),
        {"s": "web", "n": "view", "password": "hunter2"},
        f"Bearer {web}",
        [web],
    ]
    answer = client.post("/v1/events", json={"events": sent}, headers=bearer(web)).json
    assert answer["counts"] == {"rejected": len(sent)}
    kept = [row for (row,) in sql("select payload from tracking.rejected_events order by id")]
    assert web[-20:] not in str(sql("select to_jsonb(r)::text from tracking.rejected_events as r"))
    assert "hunter2" not in str(kept)
    assert json.loads(kept[0])["token"] == "(not kept)"
    assert json.loads(kept[2])["receiver"] == "job:42"


@pytest.mark.parametrize("depth", [900, 1_100, 9_000])
def test_a_deep_event_sinks_no_other(client: Any, web: str, depth: int) -> None:
    body = json.dumps({"events": [event(creator=ALICE), event(creator=ALICE, properties={"a": "DEEP"})], "token": web})
    answer = client.post("/v1/events", data=body.replace('"DEEP"', "[" * depth + "]" * depth)).json
    assert [(one["verdict"], one.get("field")) for one in answer["verdicts"]] == [
        ("accepted", None), ("rejected", "properties"),
    ]  # fmt: skip
