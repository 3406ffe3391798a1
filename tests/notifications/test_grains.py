"""Days, weeks and months, of receivers and of owners, equal a recount after any history: late events, files, restores, drops, jobs that
are broken off. Raw rows that are gone change nothing.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.histories import History, begin
from fixtures.recount import TITLES
from fixtures.telling import BERLIN, VIEWS
from fixtures.worlds import OWNED
from tracking import db, deployment, migrations
from tracking.aggregates import refresh
from tracking.notifications import filling, rules, timing
from tracking.notifications.asking import PARTS, Due, ask, lacks_people
from tracking.notifications.rules import Rule
from tracking.trails import grouped, loading

ZONE = ZoneInfo(BERLIN)
DAY = timedelta(days=1)
HISTORIES, STEPS, RULES, KEPT_DAYS = 2, 10, 24, 30
NAMES = [("view",), ("view", "view__*"), ("*",), ("click*",), ("impression", "click__save")]
Row = dict[str, Any]


@pytest.fixture
def connection(settings: Any) -> Iterator[Any]:
    migrations.migrate(settings)
    with db.connect(db.owner_url(settings)) as connection:
        yield connection
        connection.execute("update tracking.deployment set value = '0' where key = 'retention_days'")


def a_history(chance: random.Random, connection: Any, settings: Any, *, drops: bool) -> History:
    """Of seventy days; of the oldest ones the raw rows are gone."""
    begin(connection, KEPT_DAYS)
    history = History(chance, settings, connection)
    steps = ["write", "late", "restore", "extend", "break off", "refresh", "pack", *(["drop", "tidy"] if drops else [])]
    for step in ["write", "write", "extend", *chance.choices(steps, k=STEPS), *(["extend", "drop"] if drops else [])]:
        print(step)  # noqa: T201 - pytest shows them where the test fails
        history.take(step)
    refresh.catch_up(db.owner_url(settings), ["event_counts_daily"])
    return history


def a_rule(chance: random.Random) -> Rule:
    kind = chance.choice(["daily", "weekly", "monthly"])
    per = chance.choice(["receiver", "owner"])
    return replace(
        VIEWS, rule=f"{kind}-{per}", kind=kind, per=per, receiver_type=chance.choice(["job", "story"]),
        names=chance.choice(NAMES), measure=chance.choice(["creators", "creators", "events"]),
        compares=kind == "daily" and per == "receiver" and chance.random() < 0.5, first_day=date(2000, 1, 1),
    )  # fmt: skip


def values(rows: list[Row], rule: Rule, first: date, last: date, *, by_owner: bool) -> dict[str, int]:
    """Plain counting: events, or people, of each receiver or owner."""
    wanted = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in rule.names))
    people: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["excluded"] is None and row["receiver_type"] == rule.receiver_type and wanted.fullmatch(row["name"]):
            owner = OWNED.get(f"{row['receiver_type']}:{row['receiver_id']}")
            key = owner if by_owner else row["receiver_id"]
            if key is not None and first <= row["occurred_at"].astimezone(ZONE).date() <= last:
                people[key].append(row["creator"])
    return {key: len(all_ if rule.measure == "events" else set(all_)) for key, all_ in people.items()}


def expected(rows: list[Row], rule: Rule, day: date) -> dict[str, tuple[Any, ...]]:
    """(value, before, receivers, parts) of each."""
    first = timing.first_day(rule.kind, day)
    told = values(rows, rule, first, day, by_owner=rule.per == "owner")
    if rule.per == "receiver":
        earlier = values(rows, rule, day - DAY, day - DAY, by_owner=False) if rule.compares else None
        return {
            key: (value, None if earlier is None else earlier.get(key, 0), None, None) for key, value in told.items()
        }
    each = values(rows, rule, first, day, by_owner=False)
    found = {}
    for owner, value in told.items():
        own = sorted((-each[id_], id_) for id_ in each if OWNED.get(f"{rule.receiver_type}:{id_}") == owner)
        parts = [[id_, TITLES[f"{rule.receiver_type}:{id_}"], None, -less] for less, id_ in own[:PARTS]]
        found[owner] = (value, None, len(own), parts)
    return found


def asked(engine: Any, decided: Any, one: Due, page: int) -> dict[str, tuple[Any, ...]]:
    """All pages."""
    found: dict[str, tuple[Any, ...]] = {}
    after = ""
    with engine.connect().execution_options(**grouped.SNAPSHOT) as connection:
        assert not lacks_people(connection, decided, one)
        while rows := ask(connection, decided, one, after=after, page=page):
            found |= {row.id: (row.value, row.before, row.receivers, row.parts) for row in rows}
            after = rows[-1].id
    assert list(found) == sorted(found)
    return found


@pytest.mark.parametrize("most", [loading.MOST, 3], ids=["as they are", "too many for columns"])
def test_each_grain_equals_a_recount_after_any_history(
    connection: Any, engine: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Too many for columns: then from the raw rows, so none are dropped."""
    monkeypatch.setattr(loading, "MOST", most)
    cases: Counter[tuple[str, str, str]] = Counter()
    gone, histories = 0, 0
    while histories < HISTORIES or not (sum(cases.values()) > RULES / 2 and (gone or most == 3)):
        histories += 1
        assert histories < 10 * HISTORIES, "hardly a rule told anything, or nothing of days whose raw rows are gone"
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201
        chance = random.Random(seed)
        history = a_history(chance, connection, settings, drops=most > 3)
        decided = deployment.read(engine)
        for _ in range(RULES):
            rule = a_rule(chance)
            day = timing.closed_day(rule.kind, datetime.now(UTC) - chance.randrange(45) * DAY, ZONE)
            print(rule, day)  # noqa: T201
            right = expected(history.rows, rule, day)
            assert asked(engine, decided, Due(rule, day), chance.choice([1, 2, 50])) == right
            cases[rule.kind, rule.per, rule.measure] += bool(right)
            since, _ = timing.span(rule.kind, day, ZONE)
            gone += rule.measure == "creators" and decided.dropped_until is not None and since < decided.dropped_until


def test_what_is_filled_equals_a_recount_and_is_not_told_again(
    connection: Any, engine: Any, settings: Any, outbox: Any, rule: Any
) -> None:
    chance = random.Random(random.randrange(1 << 32))
    history = a_history(chance, connection, settings, drops=True)
    moment = datetime.now(UTC)
    made = [
        rule(rule=f"{kind}-{per}", kind=kind, per=per, receiver_type="job", names=("*",), send_at=time(), minimum=2,
             first_day=timing.closed_day(kind, moment - 2 * timing.SETTLING, ZONE))
        for kind in ("daily", "weekly", "monthly") for per in ("receiver", "owner")
    ]  # fmt: skip
    filled = filling.fill(settings, moment)
    told = {
        (one.rule, key, day): numbers[0]
        for one in made
        for day in {timing.closed_day(one.kind, at, ZONE) for at in (moment, moment - timing.SETTLING)}
        if day >= one.first_day and one.earliest(day, ZONE) <= moment
        for key, numbers in expected(history.rows, one, day).items()
        if numbers[0] >= one.minimum
    }
    assert {(name, key, day): value for name, key, day, value in outbox("rule, receiver_id, day, value")} == told
    assert filled == len(told)
    for step in ("late", "restore", "refresh", "extend"):
        history.take(step)
    assert filling.fill(settings, moment) == 0, "what came later is in the dashboard, and is not told"
    assert {(name, key, day): value for name, key, day, value in outbox("rule, receiver_id, day, value")} == told


def test_a_month_is_told_once_when_it_is_over(rule, seen, fill, outbox) -> None:
    first = datetime.now(ZONE).date().replace(day=1)
    last = first - DAY
    rule(kind="monthly", receiver_type="profile", first_day=last)
    opening, closing = (
        datetime.combine(timing.first_day("monthly", last), time(), ZONE),
        datetime.combine(first, time(), ZONE),
    )
    for moment in (opening - timedelta(milliseconds=1), opening, closing - timedelta(milliseconds=1), closing):
        seen(
            "profile:bob",
            [f"at-{moment.timestamp()}", "alice"][:1] if moment in (opening, closing) else ["alice"],
            moment,
        )
    seen("profile:bob", ["alice"], opening + 9 * DAY)
    nine = datetime.combine(first, time(9), ZONE)
    assert fill(nine - timedelta(seconds=1)) == 0
    assert fill(nine) == 1
    assert fill(nine + 3 * DAY) == 0
    following = timing.next_day("monthly", last)
    expires = datetime.combine(following + DAY, time(9), ZONE)
    assert outbox("receiver_id, day, value, due_at, expires_at") == [("bob", last, 2, nine, expires)]


def test_a_month_that_an_outage_hid_is_told_while_it_is_true(rule, seen, fill, outbox) -> None:
    """Until the next one is over, also on the last evening of the longest month before winter time."""
    last = date(2025, 9, 30)
    rule(kind="monthly", first_day=last)
    seen("profile:bob", ["alice"], datetime(2025, 9, 12, 12, tzinfo=ZONE))
    assert fill(datetime(2025, 10, 31, 23, 30, tzinfo=ZONE)) == 1
    assert outbox("day, value") == [(last, 1)]


def test_a_month_and_a_day_that_end_together_come_in_one_message(rule, seen, fill, send, hook, sql, receivers) -> None:
    last = datetime.now(ZONE).date().replace(day=1) - DAY
    for kind, per in (("daily", "owner"), ("monthly", "owner"), ("monthly", "receiver")):
        rule(rule=f"{kind}-{per}", kind=kind, per=per, receiver_type="job", first_day=last, url=hook.url)
    seen("job:42", ["alice", "dora"], datetime.combine(last, time(12), ZONE))
    fill(datetime.combine(last + DAY, time(9), ZONE))
    sql("update tracking.notifications set due_at = now(), expires_at = now() + interval '1 day'")
    assert send() == 1
    [(_, body)] = hook.got
    assert {(item["data"]["rule"], item["subject"], item["data"]["value"]) for item in json.loads(body)} == {
        ("daily-owner", "owner:acme", 2), ("monthly-owner", "owner:acme", 2), ("monthly-receiver", "job:42", 2),
    }  # fmt: skip
    assert {item["data"]["person"] for item in json.loads(body)} == {"owner:acme"}


def test_who_wants_no_months_gets_none(rule, seen, fill, outbox, sql, receivers) -> None:
    last = datetime.now(ZONE).date().replace(day=1) - DAY
    rule(kind="monthly", per="owner", receiver_type="job", first_day=last)
    sql(
        "insert into tracking.notification_optouts (person, kind) values ('owner:acme', 'monthly'), ('owner:globex', 'weekly')"
    )
    for job in ("job:42", "job:77"):
        seen(job, ["alice"], datetime.combine(last, time(12), ZONE))
    fill(datetime.combine(last + DAY, time(9), ZONE))
    assert outbox("receiver_id, state") == [("acme", "opted out"), ("globex", "pending")]


def test_filling_owners_goes_on_where_it_was_killed(rule, seen, fill, outbox, monkeypatch, sql) -> None:
    sunday = timing.closed_day("weekly", datetime.now(UTC), ZONE)
    rule(kind="weekly", per="owner", receiver_type="job", first_day=sunday)
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner)"
        " select 'job', id::text, 'owner-' || id / 2 from generate_series(0, 9) as id")  # fmt: skip
    for number in range(10):
        seen(f"job:{number}", ["alice", f"viewer-{number}"], datetime.combine(sunday, time(12), ZONE))
    monkeypatch.setattr(filling, "OWNERS", 2)
    put, left = filling._put, [1]

    def killed(*given: Any) -> int:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        return put(*given)

    monkeypatch.setattr(filling, "_put", killed)
    moment = datetime.combine(sunday + DAY, time(9), ZONE)
    with pytest.raises(KeyboardInterrupt):
        fill(moment)
    assert outbox() == [("owner-0", 3), ("owner-1", 3)]
    monkeypatch.setattr(filling, "_put", put)
    assert fill(moment) == 3
    assert outbox() == [(f"owner-{number}", 3) for number in range(5)]


def test_what_the_trails_never_had_is_not_told(rule, seen, fill, outbox, sql, settings, engine) -> None:
    """Raw rows were dropped before an upgrade to the version that has trails."""
    sunday = timing.closed_day("weekly", datetime.now(UTC), ZONE)
    made = rule(kind="weekly", first_day=sunday)
    rule(rule="events", kind="weekly", measure="events", first_day=sunday)
    seen("profile:bob", ["alice"], datetime.combine(sunday, time(12), ZONE))
    sql("update tracking.trails_state set since = %s", datetime.combine(sunday - 5 * DAY, time(), ZONE))
    sql("update tracking.trails_state set until = now()")
    try:
        decided = deployment.read(engine)
        with engine.connect() as connection:
            assert lacks_people(connection, decided, Due(made, sunday))
            assert not lacks_people(connection, decided, Due(replace(made, measure="events"), sunday))
            assert not lacks_people(connection, decided, Due(replace(made, kind="daily"), sunday - 6 * DAY))
            assert not lacks_people(connection, decided, Due(replace(made, kind="daily", per="owner"), sunday))
        fill(datetime.combine(sunday + DAY, time(9), ZONE))
        assert [row[0] for row in outbox("rule")] == ["events"]
    finally:
        sql("update tracking.trails_state set since = '-infinity', until = null")


@pytest.mark.parametrize("per", ["receiver", "owner"])
@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly", "milestone"])
def test_a_rule_says_what_it_cannot(kind: str, per: str) -> None:
    one = replace(VIEWS, kind=kind, per=per, measure="events", few=0)
    assert ("per" in rules.impossible(one)) == (kind == "milestone" and per == "owner")
    assert ("compare" in rules.impossible(replace(one, compares=True))) == ((kind, per) != ("daily", "receiver"))
