"""A simulated world of arrivals: five sources, day and week, growth, holidays, a campaign, and trackers that break.

It writes lines of tracking.ingest_ledger. The same seed gives the same world on each engine.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2025, 8, 4, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
"""Its clocks go back on the 83rd day."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

SOURCES = {
    "web": {"impression": 420.0, "view": 210.0, "click": 110.0, "click__saveJob": 80.0,
            "click__applicationCreatedFromBottomBtn": 70.0, "click__share": 9.0},
    "ios": {"impression": 300.0, "view": 140.0, "click__saveJob": 75.0, "click__applicationCreatedFromBottomBtn": 65.0,
            "push__opened": 110.0},
    "android": {"impression": 340.0, "view": 160.0, "click__saveJob": 85.0,
                "click__applicationCreatedFromBottomBtn": 70.0, "push__opened": 120.0},
    "mail": {"view__mail": 150.0, "click__mail": 75.0},
    "jobs-backend": {"application__received": 160.0, "job__published": 14.0},
}  # fmt: skip
"""Events an hour, averaged over a week."""

HOURS = (0.25, 0.15, 0.10, 0.08, 0.10, 0.22, 0.5, 0.9, 1.3, 1.5, 1.55, 1.5, 1.45, 1.4, 1.4, 1.4, 1.35, 1.3, 1.35, 1.5,
         1.6, 1.45, 1.0, 0.55)  # fmt: skip
WEEKDAYS = (1.15, 1.15, 1.12, 1.08, 1.0, 0.7, 0.8)
GROWTH = 0.015
"""A week."""
HOLIDAYS = {38: 0.5, 59: 0.45, 77: 0.6}
"""Days on which everybody does less, and how much."""
CAMPAIGNS = {("web", 45): 1.7, ("ios", 66): 1.6}
"""In the evening of a day a source has more visitors."""
SIZES = {"impression": (1, 1, 1, 2, 3), "view": (1, 1, 1, 1, 1, 1, 1, 1, 1, 2)}
"""Events that come at once: a list shows several jobs. A click comes alone: its second one is a repeat."""
USUAL = {"repeat": 0.04, "bot": 0.04, "duplicate": 0.015, "rejected": 0.004, "own": 0.005}
LATE = {"ios": 0.04, "android": 0.05}
"""Shares of events that a phone sends when it is online again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`name` None: the whole source."""

    kind: str
    source: str
    name: str | None
    start: datetime
    end: datetime


KINDS = {
    "removed button": 18, "doubled fire": 10, "wrong receiver type": 10, "refused tokens": 6, "platform gone": 6,
    "clock behind": 3, "clock ahead": 3, "fires on load": 4,
}  # fmt: skip
"""Of sixty faults."""
OF_SOURCE = {"refused tokens", "platform gone", "clock behind", "clock ahead"}
PROMISED = 30.0
"""Events an hour, those that come at once being one, from which a fault is to be found within a quarter of an hour."""


@dataclass(slots=True)
class World:
    """`first_fault`: the first day on which something may break."""

    seed: int
    days: int = 90
    first_fault: int = 24
    faults_wanted: int = 60
    faults: list[Fault] = field(default_factory=list)
    _levels: dict[tuple[str, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = Random(self.seed)
        for source in SOURCES:
            level = 0.0
            for hour in range(self.days * 24):
                if hour % 24 == 0:
                    day = chance.gauss(0, 0.07)
                level = 0.8 * level + chance.gauss(0, 0.05)
                self._levels[source, hour] = math.exp(day + level)
        self.faults = list(self._break(chance))

    def rate(self, source: str, name: str, at: datetime) -> float:
        """Events an hour that are usual at this time, growth and the day's mood among them."""
        return SOURCES[source][name] * self._level(source, at)

    def _level(self, source: str, at: datetime) -> float:
        local, day = at.astimezone(ZONE), (at - START) // DAY
        level = HOURS[local.hour] + (HOURS[(local.hour + 1) % 24] - HOURS[local.hour]) * local.minute / 60
        level *= WEEKDAYS[local.weekday()] * (1 + GROWTH) ** ((at - START) / (7 * DAY)) * HOLIDAYS.get(day, 1.0)
        level *= self._levels[source, int((at - START) / timedelta(hours=1))]
        return float(level * CAMPAIGNS.get((source, day), 1.0) if 17 <= local.hour < 21 else level)

    def _break(self, chance: Random) -> Iterator[Fault]:
        kinds = [kind for kind, of_sixty in KINDS.items() for _ in range(of_sixty)]
        chance.shuffle(kinds)
        apart = (self.days - self.first_fault) * DAY / max(self.faults_wanted, 1)
        for number in range(self.faults_wanted):
            kind = kinds[number % len(kinds)]
            while True:
                start = START + self.first_fault * DAY + apart * (number + 0.7 * chance.random())
                start = start.replace(second=0, microsecond=0)
                source = chance.choice([one for one in SOURCES if kind != "fires on load" or "view" in SOURCES[one]])
                name = chance.choice(list(SOURCES[source]))
                if kind == "fires on load":
                    name = "click__applicationCreatedFromBottomBtn"
                if self.rate(source, name, start) / _clumps(name) >= PROMISED:
                    break
            end = start + chance.uniform(1, 5) * timedelta(hours=1)
            yield Fault(kind, source, None if kind in OF_SOURCE else name, start, end)

    def lines(self, day: int, step: int = 1) -> str:
        """The ledger of a day as JSON: a line for each minute, name and verdict, since commits take several events.

        `step`: with 15, all of a quarter of an hour arrives in its first minute.
        """
        chance = Random(f"{self.seed} {day}")
        began = START + day * DAY
        broken = [fault for fault in self.faults if fault.start < began + DAY and fault.end > began]
        lines: dict[tuple[int, str, str, str, int], int] = {}
        for minute in range(0, 24 * 60, step):
            at = began + minute * MINUTE
            for source, names in SOURCES.items():
                level = self._level(source, at) * step / 60
                faults = [fault for fault in broken if fault.source == source and fault.start <= at < fault.end]
                for name, rate in names.items():
                    here = [fault.kind for fault in faults if fault.name in {None, name}]
                    more = self.rate(source, "view", at) / self.rate(source, name, at) if "fires on load" in here else 0
                    sizes = SIZES.get(name, (1,))
                    for _ in range(_poisson(chance, rate * level * len(sizes) / sum(sizes))):
                        for _ in range(chance.choice(sizes)):
                            for verdict, late, times in _become(chance, source, here, more):
                                key = (minute, source, name, verdict, late)
                                lines[key] = lines.get(key, 0) + times
        return json.dumps([_line(chance, began, key, events) for key, events in lines.items()])


def _become(chance: Random, source: str, faults: list[str], more: float) -> Iterator[tuple[str, int, int]]:
    """(verdict, minutes by which it is late, times) of what an event is to the API."""
    verdict, left = "accepted", chance.random()
    for other, share in USUAL.items():
        if (left := left - share) < 0:
            verdict = other
            break
    late = chance.randrange(20, 300) if chance.random() < LATE.get(source, 0) else 0
    for fault in faults:
        match fault:
            case "removed button" | "refused tokens" | "platform gone":
                return
            case "doubled fire":
                yield "repeat", late, 1
            case "wrong receiver type" | "clock ahead":
                verdict = "rejected"
            case "clock behind":
                late += 120
    yield verdict, late, 1 + round(1.4 * more)


def _line(chance: Random, began: datetime, key: tuple[int, str, str, str, int], events: int) -> dict[str, Any]:
    minute, source, name, verdict, late = key
    arrived = began + minute * MINUTE + timedelta(seconds=chance.uniform(0, 59))
    occurred = None if verdict == "rejected" else (arrived - late * MINUTE).isoformat()
    return {"r": arrived.isoformat(), "s": source, "n": name, "v": verdict, "e": events, "o": occurred}


def _clumps(name: str) -> float:
    """The size of the group that an event is in, on average."""
    sizes = SIZES.get(name, (1,))
    return sum(size * size for size in sizes) / sum(sizes)


def _poisson(chance: Random, mean: float) -> int:
    """Knuth's way: the means are below a hundred."""
    count, product, limit = 0, chance.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


INSERT = """
    insert into tracking.ingest_ledger (received_at, source, name, verdict, events, occurred_from, occurred_to)
    select r, s, n, v, e, o, o from jsonb_to_recordset(%s::jsonb)
        as (r timestamptz, s text, n text, v text, e bigint, o timestamptz)
"""
