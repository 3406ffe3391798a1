"""Why 17: what an answer says beside its sums, and what it does not betray."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from docs.endpoints import anchor
from fixtures.cast import bearer, event
from tracking.provenance import tokens
from tracking.settings import Settings
from tracking.stats.counting import Counting
from tracking.stats.gathering import Gathered, by_source, in_time, total
from tracking.stats.memo import Memo

STANDARD = (Path(__file__).resolve().parents[2] / "docs" / "counting.md").read_text()
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
DAY = {"from": NOON.date().isoformat(), "to": NOON.date().isoformat(), "timezone": "UTC"}


def at(hours: float = 0, **fields: Any) -> dict[str, Any]:
    return event(occurred_at=(NOON + timedelta(hours=hours)).isoformat(), **fields)


@pytest.fixture
def ask(client: Any, web: str) -> Any:
    def get(token: str = web, **query: Any) -> Any:
        response = client.get("/v1/stats/explain", query_string=DAY | query, headers=bearer(token))
        assert response.status_code == 200, response.text
        return response.json

    return get


@pytest.fixture
def send(verdicts: Any, web: str, catalogue: None, receivers: None) -> Any:
    def run(creator: str, *events: dict[str, Any]) -> list[str]:
        return verdicts(*events, token=tokens.mint(web, "client", seconds=900, creator=creator))

    return run


def test_it_says_in_sentences_what_became_of_all_that_was_sent(send: Any, ask: Any) -> None:
    crawler = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    send("alice", at(), at(0.1), at(0.2), at(5), at(receiver="profile:alice"))
    send("bob", at(1), at(1.1, context=crawler), at(2, name="click"))
    answer = ask(action="view")
    assert answer["total"] == {"stored": 7, "counted": 3, "repeat": 2, "own": 1, "bot": 1, "prefetch": 0}
    assert (answer["events"], answer["creators"]) == (3, 2)
    assert answer["words"][:4] == [
        "7 were sent and stored.",
        "3 count.",
        "2 were repeats within 30 minutes, 1 was somebody's visit of what is their own, 1 was a robot's.",
        "2 people did what counts.",
    ]
    assert "2 were repeats," in ask()["words"][2]  # several windows
    assert ask(name="share")["words"] == ["Nothing was sent and stored in this time."]


def test_two_at_one_moment_are_two_and_only_what_does_not_count_is_read_as_such(
    send: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawler = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    for creator in ("alice", "bob"):
        send(creator, at(), at(1, context=crawler))
    read, left_out = [], Counting.left_out
    monkeypatch.setattr(Counting, "left_out", lambda *asked: read.extend(left_out(*asked)) or read)
    assert ask()["total"] == {"stored": 4, "counted": 2, "repeat": 0, "own": 0, "bot": 2, "prefetch": 0}
    assert {row.excluded for row in read} == {"bot"}


def test_each_rule_is_one_of_the_standard_and_its_link_leads_there(send: Any, ask: Any) -> None:
    send("alice", at())
    answer = ask(action="view")
    assert {"1.2", "3.1", "4.1", "5.1", "6.1", "9.2", "11.1"} <= {one["rule"] for one in answer["rules"]}
    links = {f"docs/counting.md{anchor(heading)}" for heading in re.findall("^## (.*)", STANDARD, re.MULTILINE)}
    for one in answer["rules"]:
        section = one["rule"].partition(".")[0]
        assert f"**{one['rule']}**" in STANDARD
        assert one["link"] in links
        assert one["link"].startswith(f"docs/counting.md#{section}-")
    said = {one["rule"]: one["says"] for one in answer["rules"]}
    assert "within 30 minutes: view, view__*" in said["3.1"]
    assert "profile" in said["5.1"]
    assert answer["crawlers_known_until"] in said["6.1"]
    assert {one["name"]: one["seconds"] for one in answer["windows"]} == {"view": 1800, "view__*": 1800}
    assert len(ask()["windows"]) == 7
    assert ask(name="share")["windows"][0] | {"name": ""} == {
        "name": "", "seconds": 1, "across_sources": False, "per_day": 100, "binds": "client tokens",
    }  # fmt: skip


def test_a_customer_is_not_told_names_and_types_that_are_not_theirs(send: Any, ask: Any, acme: str, sql: Any) -> None:
    sql("insert into tracking.event_types (name, repeat_window) values ('view__secret', '1 hour')")
    sql("insert into tracking.receiver_types (receiver_type, id_is_person) values ('secret', true)")
    for query in ({}, {"action": "view"}, {"name": "view__*"}, {"name": "*"}):
        assert "secret" in str(ask(**query) if query.get("name") != "*" else ask())
        assert "secret" not in str(ask(acme, **query) if query.get("name") != "*" else ask(acme))


def test_what_was_never_stored_is_told_to_a_source_and_of_no_receiver(
    send: Any, ask: Any, acme: str, client: Any, web: str
) -> None:
    late = event(occurred_at=(NOON - timedelta(days=60)).isoformat())
    first = at()
    assert send("alice", first, first | {"properties": {"page": 2}}, late) == ["accepted", "conflict", "rejected"]
    assert send("alice", first) == ["duplicate"]
    now = datetime.now(UTC).date().isoformat()  # they arrived today
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    today = {"from": now, "to": tomorrow}
    assert ask(**today)["never_stored"] == {"duplicate": 1, "conflict": 1, "rejected": 1}
    assert ask(**today, name="click")["never_stored"] == {"duplicate": 0, "conflict": 0, "rejected": 0}
    assert ask(**today, source="ios")["never_stored"]["duplicate"] == 0
    assert "1 came again" in str(ask(**today)["words"])
    for narrower in ({"receiver": "job:42"}, {"owner": "acme"}, {"type": "job"}):
        assert ask(**today, **narrower)["never_stored"] is None
    assert ask(acme, **today)["never_stored"] is None


def test_what_was_told_and_changed_later_is_told(send: Any, ask: Any, acme: str, sql: Any) -> None:
    sql(
        """
        insert into tracking.restatements
          (receiver_type, receiver_id, day, restated_at, events_before, events_after, creators_before, creators_after, reason)
        values ('job', '42', %s, now(), 16, 17, 11, 12, 'late'),
               ('job', '42', %s, now() + interval '1 minute', 17, 19, 12, 12, 'late'),
               ('job', '42', %s, now(), 1, 2, 1, 2, 'import'),
               ('job', '77', %s, now(), 1, 6, null, null, 'late')
        """,
        NOON.date(), NOON.date(), NOON.date() + timedelta(days=1), NOON.date(),
    )  # fmt: skip
    days = {"timezone": "Europe/Berlin"}  # of the reports
    (told,) = ask(acme, **days)["restatements"]
    assert told | {"restated_at": ""} == {
        "day": DAY["from"], "reason": "late", "restated_at": "", "receivers": 1, "events": 3, "creators": 1,
    }  # fmt: skip
    assert "After 1 day was told, the events of any name changed by +3" in str(ask(acme, **days)["words"])
    (both,) = ask(**days)["restatements"]
    assert (both["receivers"], both["events"], both["creators"]) == (2, 8, None)
    longer = ask(acme, **days, to=(NOON + timedelta(days=1)).date().isoformat())
    assert [(one["reason"], one["events"]) for one in longer["restatements"]] == [("import", 1), ("late", 3)]
    assert ask(**days, type="story")["restatements"] == []


def test_a_customer_sees_no_hour_of_fewer_people_and_a_source_sees_each(send: Any, ask: Any, acme: str) -> None:
    people = {0: 1, 1: 5, 2: 0, 3: 4, 4: 3, 6: 1}
    for hour, several in people.items():
        for number in range(several):
            send(f"user-{hour}-{number}", at(hour), at(hour + 0.1))
    counted = {datetime.fromisoformat(one["start"]).hour: one["counted"] for one in ask()["buckets"] if one["counted"]}
    assert counted == {12: 1, 13: 5, 15: 4, 16: 3, 18: 1}
    buckets = ask(acme)["buckets"]
    full = [(one["start"][11:16], one["end"][11:16], one["stored"]) for one in buckets if one["stored"]]
    assert full == [("12:00", "14:00", 12), ("15:00", "00:00", 16)]
    assert ask(acme)["small_groups"] == Settings.small_group
    assert ask()["small_groups"] is None


def test_a_customer_sees_no_source_of_fewer_people(send: Any, ask: Any, acme: str, verdicts: Any, sql: Any) -> None:
    for number in range(Settings.small_group):
        send(f"user-{number}", at())
    sql(
        "insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)"
        " values (%s, gen_random_uuid(), 'ios', 'somebody', 'job', '42', 'view')",
        NOON,
    )
    assert [one["sources"] for one in ask()["sources"]] == [["web"], ["ios"]]
    assert [(one["sources"], one["counted"]) for one in ask(acme)["sources"]] == [
        (["ios", "web"], Settings.small_group + 1)
    ]


def test_no_part_is_kept(send: Any, ask: Any, app: Any) -> None:
    """Also where each result is: two parts of different moments would not sum."""
    services = app.extensions["footfall"]
    app.extensions["footfall"] = replace(services, counts=replace(services.counts, memo=Memo(worth=0)))
    assert ask()["total"]["stored"] == 0
    send("alice", at(), at(0.1))
    assert ask()["total"]["stored"] == 2


@pytest.mark.parametrize("seed", range(200))
def test_parts_are_put_together_until_enough_people_are_in_them(seed: int) -> None:
    chance = random.Random(seed)
    parts = []
    for _ in range(chance.randint(1, 12)):
        people = set(chance.sample(range(8), chance.choice([0, 0, 1, 2, 5])))
        part = Gathered(len(people), people=set(people))
        part.left_out["bot"] = chance.choice([0, 0, 1])
        parts.append(part)
    least = chance.randint(1, 6)
    runs = in_time(parts, least)
    assert [0, *(behind for _, behind, _ in runs)] == [*(first for first, _, _ in runs), len(parts)]
    for first, behind, run in runs:
        assert run.told() == total(parts[first:behind]).told()
        assert len(run.people) >= least or run.is_empty or len(runs) == 1
    groups = by_source({f"source-{n}": part for n, part in enumerate(parts)}, least)
    assert sorted(name for names, _ in groups for name in names) == sorted(f"source-{n}" for n in range(len(parts)))
    assert total(part for _, part in groups).told() == total(parts).told()
    assert len(groups) == 1 or all(len(part.people) >= least for _, part in groups)
