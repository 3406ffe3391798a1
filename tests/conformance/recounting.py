"""What the rules of docs/counting.md tell of counted events, in plain Python: sections 2 and 10 to 12."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from conformance.reading import DAY, NOW, instant

QUARTER = timedelta(minutes=15)
STEPS = ["impression", "view", "click", "click__application*"]


class Recounting:
    """The answers about `rows`, the events of a vector that count."""

    def __init__(self, vector: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.day = date.fromisoformat(vector["day"]) if "day" in vector else DAY

    def tells(self, question: dict[str, Any]) -> Any:
        zone = ZoneInfo(question.get("timezone", "UTC"))
        start, end = self.period(question, zone)
        rows = self.between(start, end, question)
        match question["ask"]:
            case "summary":
                final = (NOW - timedelta(days=7, hours=1)).replace(minute=0, second=0, microsecond=0)
                known: dict[str, Any] = dict(zip(("events", "creators"), count(rows), strict=True))
                known["final"] = end <= final
                if "compare" in question:
                    known["compared"] = count(self.between(*self.beside(question, zone), question))
                    pairs = zip(count(rows), known["compared"], strict=True)
                    known["change"] = [now / before - 1 if before else None for now, before in pairs]
                return {key: known[key] for key in question["tells"]}
            case "timeseries":
                buckets = self.buckets(start, end, zone, question)
                if "compare" not in question:
                    return buckets
                return {"buckets": buckets, "compared": self.buckets(*self.beside(question, zone), zone, question)}
            case "breakdown":
                parts = grouped(rows, lambda row: part(row, question["by"]))
                return sorted(parts, key=lambda one: (-one[1], one[0] is None, one[0]))
            case "top":
                place = 2 if question.get("order") == "creators" else 1
                return sorted(sorted(grouped(rows, lambda row: row["receiver"])), key=lambda one: -one[place])
        return funnel(rows, question.get("step"))

    def between(self, start: datetime, end: datetime, question: dict[str, Any]) -> list[dict[str, Any]]:
        return [row for row in self.rows if start <= row["time"] < end and meant(row, question)]

    def buckets(self, start: datetime, end: datetime, zone: ZoneInfo, question: dict[str, Any]) -> list[list[int]]:
        moments = [start + n * QUARTER for n in range((end - start) // QUARTER)]
        runs = [list(run) for _, run in groupby(moments, lambda at: bucket(at, zone, question["interval"]))]
        return [count(self.between(run[0], run[-1] + QUARTER, question)) for run in runs]

    def period(self, question: dict[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Days with their last one, times without; all of the vector's, where it does not say."""
        since, until = question.get("from", "-370d"), question.get("to", "+370d")
        if ":" in since:
            return instant(since, self.day), instant(until, self.day)
        first, last = (self.day + timedelta(days=int(text[:-1])) for text in (since, until))
        return begins(first, zone), begins(last + timedelta(days=1), zone)

    def beside(self, question: dict[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The period that is compared with: rules 10.6 and 10.7."""
        start, end = self.period(question, zone)
        if ":" in question["from"]:
            return start - (end - start), start
        first, last = (moment.astimezone(zone).date() for moment in (start, end - QUARTER))
        if question["compare"] == "year" and question.get("interval") == "week":
            moved = [day - timedelta(weeks=52) for day in (first, last)]
        elif question["compare"] == "year":
            moved = [a_year_before(day) for day in (first, last)]
        elif question.get("interval") == "month":  # of one month, as all vectors are
            moved = [(first - timedelta(days=1)).replace(day=1), first - timedelta(days=1)]
        else:
            moved = [day - (last - first + timedelta(days=1)) for day in (first, last)]
        return begins(moved[0], zone), begins(moved[1] + timedelta(days=1), zone)


def a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else date(day.year - 1, 2, 28)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The first quarter of an hour at which it is this day there."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while moment.astimezone(zone).date() < day:
        moment += QUARTER
    return moment


def bucket(moment: datetime, zone: ZoneInfo, interval: str) -> Any:
    local = moment.astimezone(zone)
    return {
        "hour": (local.date(), local.hour, local.utcoffset()),
        "day": local.date(),
        "week": local.date().isocalendar()[:2],
        "month": (local.year, local.month),
    }[interval]


def count(rows: list[dict[str, Any]]) -> list[int]:
    return [len(rows), len({row["creator"] for row in rows})]


def grouped(rows: list[dict[str, Any]], key: Any) -> list[list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return [[value, *count(of)] for value, of in found.items()]


def part(row: dict[str, Any], by: str) -> str | None:
    action, parted, detail = row["name"].partition("__")
    if by.startswith("property:"):
        value = (row.get("properties") or {}).get(by.partition(":")[2])
        return None if value is None else str(value)
    return {"name": row["name"], "action": action, "detail": detail if parted else None, "source": row["source"]}[by]


def meant(row: dict[str, Any], question: dict[str, Any]) -> bool:
    action = row["name"].partition("__")[0]
    return (
        row["receiver"] in question.get("receiver", [row["receiver"]])
        and row["source"] == question.get("source", row["source"])
        and action in question.get("action", [action])
        and any(named(row["name"], name) for name in question.get("name", ["*"]))
    )


def named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def of_step(row: dict[str, Any], step: str) -> bool:
    return named(row["name"], step) if "__" in step or step[-1] == "*" else row["name"].partition("__")[0] == step


def funnel(rows: list[dict[str, Any]], steps: list[str] | None) -> list[list[int]]:
    names = steps or STEPS
    while steps is None and rows and not any(of_step(row, names[0]) for row in rows):
        names = names[1:]
    ways = defaultdict(list)
    for row in rows:
        ways[row["creator"], row["receiver"]].append(row)
    reached = defaultdict(int)
    for (creator, _), way in ways.items():
        reached[creator] = max(reached[creator], farthest(way, names))
    return [
        [sum(of_step(row, name) for row in rows), sum(far > n for far in reached.values())]
        for n, name in enumerate(names)
    ]


def farthest(way: list[dict[str, Any]], names: list[str], taken: int = 0, last: datetime | None = None) -> int:
    """The number of steps of the longest way through these events, tried in every order."""
    if taken == len(names):
        return taken
    return max(
        (farthest(way, names, taken + 1, row["time"]) for row in way if of_step(row, names[taken]) and (
            last is None or row["time"] > last
            or (row["time"] == last and not any(of_step(row, before) for before in names[:taken]))
        )),
        default=taken,
    )  # fmt: skip
