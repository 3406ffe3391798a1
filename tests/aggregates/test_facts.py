"""People of weeks, months and owners' days, and restatements, equal a recount after any history: late events, files, restores, drops,
owners that change, and jobs that are broken off.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aggregates.test_trails import History, connection
from fixtures.database import EMPTY, disagreements
from fixtures.worlds import OWNED
from tracking import db
from tracking.aggregates import facts
from tracking.trails import loading

__all__ = ["connection"]
HISTORIES, STEPS, KEPT_DAYS = 3, 14, 30
BERLIN, DAY = ZoneInfo("Europe/Berlin"), timedelta(days=1)
WAIT_NO_MORE = """
    update tracking.periods_due set marked_at = '-infinity';
    update tracking.owner_days_due set marked_at = '-infinity'
"""
NOTE = "select tracking.note_arrivals(clock_timestamp())"
RESTATED = """
    select receiver_type, receiver_id, day, events_before, events_after, creators_before, creators_after
      from tracking.restatements
     where restated_at > %s
"""
LAST = "select coalesce(max(restated_at), '2000-01-01Z') from tracking.restatements"
Key = tuple[str, str, date]


class Told(History):
    """A history whose arrivals are noted and counted. `told`: the numbers of each receiver and day when that was done last."""

    def __init__(self, chance: random.Random, settings: Any, connection: Any) -> None:
        super().__init__(chance, settings, connection)
        self.owners: dict[str, str | None] = dict.fromkeys(OWNED)
        self.told: dict[Key, tuple[int, int]] | None = None

    def take(self, step: str) -> None:
        match step:
            case "note":
                self.note()
            case "break off a note":
                with self._connection.transaction(force_rollback=True):
                    self._connection.execute(NOTE)
            case "tally":
                self._connection.execute("select tracking.tally_ended_day()")
            case "break off a count":
                self.break_off()
            case "own":
                self.own(self._chance.choice(list(OWNED)), self._chance.choice(["acme", "globex", None]))
            case "of late":
                self.insert(self._events(4, 6.5))
            case _:
                super().take(step)

    def _restore(self, events: list[dict[str, Any]]) -> None:
        """Nothing that would arrive later than now: it is not noted before."""
        super()._restore([event for event in events if event["occurred_at"] <= datetime.now(UTC)])

    def own(self, receiver: str, owner: str | None) -> None:
        self.owners[receiver] = owner
        type_, _, id_ = receiver.partition(":")
        db.run(self._connection, "receivers_put", receivers=json.dumps([{"type": type_, "id": id_, "owner": owner}]))

    def break_off(self) -> None:
        """After it has counted and before it has committed; nothing is noted, so nothing new is due."""
        engine = db.engine(self._url)
        for batch in (facts._periods, facts._owner_days):
            with engine.connect().execution_options(**facts.SNAPSHOT) as connection:
                batch(connection)
                connection.rollback()
        engine.dispose()

    def note(self) -> None:
        time.sleep(
            0.01
        )  # the embedded engine's clock tells milliseconds: what a restore says arrived now has arrived then
        numbers = self.by_day()
        ((last,),) = self._connection.execute(LAST).fetchall()
        self._connection.execute(NOTE)
        restated = self._connection.execute(RESTATED, (last,)).fetchall()
        if self.told is not None:
            today = datetime.now(BERLIN).date()
            told = self.told
            expected = {
                (*key, told.get(key, (0, 0))[0], now[0], told.get(key, (0, 0))[1], now[1])
                for key, now in numbers.items()
                if key[2] < today and told.get(key) != now
            }
            assert set(restated) == expected
            assert len(restated) == len(expected)
        self.told = numbers
        self._connection.execute(WAIT_NO_MORE)
        facts.count(self._url)

    def counted(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["excluded"] is None]

    def by_day(self) -> dict[Key, tuple[int, int]]:
        return people((row["receiver_type"], row["receiver_id"], day(row), row["creator"]) for row in self.counted())

    def periods(self) -> set[tuple]:
        found = people(
            (row["receiver_type"], row["receiver_id"], grain, start(grain, day(row)), row["name"], row["creator"])
            for row in self.counted()
            for grain in ("week", "month")
        )
        return {(*key, *numbers) for key, numbers in found.items()}

    def owner_days(self) -> set[tuple]:
        found = people(
            (owner, day(row), row["name"], row["creator"])
            for row in self.counted()
            if (owner := self.owners.get(f"{row['receiver_type']}:{row['receiver_id']}"))
        )
        return {(*key, *numbers) for key, numbers in found.items()}


def day(row: dict[str, Any]) -> date:
    return row["occurred_at"].astimezone(BERLIN).date()


def start(grain: str, of: date) -> date:
    return of - of.weekday() * DAY if grain == "week" else of.replace(day=1)


def people(rows: Any) -> dict[Any, tuple[int, int]]:
    """(events, different people) of each key; the last value of a row is the person."""
    each = Counter(rows)
    found: dict[Any, list[int]] = {}
    for (*key, _), number in each.items():
        both = found.setdefault(tuple(key), [0, 0])
        both[0] += number
        both[1] += 1
    return {key: (events, creators) for key, (events, creators) in found.items()}


@pytest.mark.parametrize("most", [loading.MOST, 3], ids=["as they are", "too many for columns"])
def test_facts_and_restatements_equal_a_recount_after_any_history(
    connection: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Too many for columns: then from the raw rows, so none are dropped."""
    monkeypatch.setattr(facts, "RECEIVERS", 3)
    monkeypatch.setattr(facts, "OWNERS", 1)
    monkeypatch.setattr(loading, "MOST", most)
    for _ in range(HISTORIES):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")  # noqa: T201 - pytest shows the last where the test fails
        chance = random.Random(seed)
        connection.execute(EMPTY)
        connection.execute("update tracking.deployment set value = %s where key = 'retention_days'", (str(KEPT_DAYS),))
        history = Told(chance, settings, connection)
        for receiver, owner in OWNED.items():
            history.own(receiver, owner)
        steps = [
            "write",
            "of late",
            "late",
            "restore",
            "own",
            "extend",
            "note",
            "break off a note",
            "tally",
            "break off a count",
            "refresh",
            "pack",
        ]
        steps += ["drop", "tidy"] if most > 3 else []
        for step in ["write", "extend", "note", *chance.choices(steps, k=STEPS), "of late", "own", "note"]:
            print(step)  # noqa: T201
            history.take(step)
            if step == "note":
                check(history, connection, settings)


def check(history: Told, connection: Any, settings: Any) -> None:
    assert set(connection.execute("select receiver_type, receiver_id, grain, start, name, events, creators from tracking.period_counts").fetchall()) == history.periods()  # fmt: skip
    assert set(connection.execute("select owner, day, name, events, creators from tracking.owner_counts").fetchall()) == history.owner_days()  # fmt: skip
    assert (
        connection.execute("select from tracking.periods_due union all select from tracking.owner_days_due").fetchall()
        == []
    )
    assert disagreements(settings, since=max(history.dropped_until or datetime.min.replace(tzinfo=UTC), datetime.now(UTC) - 6.5 * DAY)) == {}  # fmt: skip
