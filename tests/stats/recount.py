"""The answer to every question again, by plain counting over rows: slow, obvious, and by other means than the API's.

A row is a dict with the columns of tracking.events. `raw_since`: raw rows from then on are kept, of older ones only
the counts.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worlds import OWNED

REPORTING = "Europe/Berlin"
TITLES = {receiver: f"{'Engineer' if owner == 'acme' else 'Nurse'} {receiver}" for receiver, owner in OWNED.items()}
GONE = "/problems/raw-events-dropped"


class Recount:
    def __init__(self, rows: list[dict[str, Any]], raw_since: datetime | None, question: dict[str, Any]) -> None:
        self.query, self.grant = question["query"], question["grant"]
        self.endpoint = question["endpoint"]
        self.raw_since = raw_since
        self.tz = ZoneInfo(self.query.get("timezone", REPORTING))
        self.uniques = self.query.get("uniques") != "false"
        self.rows = [row for row in rows if row["excluded"] is None and self._meant(row)]

    # who may see what

    def refused(self) -> bool:
        owner = self.query.get("owner")
        if "owner" in self.grant and owner not in {None, self.grant["owner"]}:
            return True
        return not all(self._visible(receiver) for receiver in self.query.get("receiver", ()))

    def _visible(self, receiver: str) -> bool:
        owners = {self.grant.get("owner"), self.query.get("owner")} - {None}
        return owners <= {OWNED.get(receiver)} and receiver in self.grant.get("receivers", [receiver])

    def _meant(self, row: dict[str, Any]) -> bool:
        query = self.query
        receiver = f"{row['receiver_type']}:{row['receiver_id']}"
        return (
            self._visible(receiver)
            and receiver in query.get("receiver", [receiver])
            and row["receiver_type"] == query.get("type", row["receiver_type"])
            and row["source"] == query.get("source", row["source"])
            and any(_named(row["name"], name) for name in query.get("name", ["*"]))
            and row["name"].partition("__")[0] in query.get("action", [row["name"].partition("__")[0]])
        )

    # when

    def within(self, moment: datetime, shifted: str = "none") -> bool:
        start, end = self.query["from"], self.query["to"]
        if len(start) == 10:
            first, last = date.fromisoformat(start), date.fromisoformat(end)
            if shifted == "previous":
                first, last = first - (last - first) - timedelta(days=1), first - timedelta(days=1)
            if shifted == "year":
                first, last = _year_before(first), _year_before(last)
            return first <= moment.astimezone(self.tz).date() <= last
        since, until = datetime.fromisoformat(start), datetime.fromisoformat(end)
        local, local_end = since.astimezone(self.tz), until.astimezone(self.tz)
        begins_day = local.date() > (since - timedelta(microseconds=1)).astimezone(self.tz).date()
        if shifted == "previous" and begins_day:
            last = (until - timedelta(microseconds=1)).astimezone(self.tz).date()
            by = last - local.date() + timedelta(days=1)
            return local.date() - by <= moment.astimezone(self.tz).date() and moment < (local_end - by)
        if shifted == "previous":
            since, until = since - (until - since), since
        if shifted == "year":
            since, until = (_year_before(edge.astimezone(self.tz)) for edge in (since, until))
        return since <= moment < until

    def bucket(self, moment: datetime) -> Any:
        local = moment.astimezone(self.tz)
        match self.query.get("interval", "day"):
            case "hour":
                return local.date(), local.hour, local.utcoffset()
            case "week":
                return local.date().isocalendar()[:2]
            case "month":
                return local.year, local.month
        return local.date()

    # how much

    def span(self, shifted: str = "none") -> list[dict[str, Any]]:
        return [row for row in self.rows if self.within(row["occurred_at"], shifted)]

    def gone(self, rows: list[dict[str, Any]]) -> bool:
        return any(self._dropped(row) for row in rows)

    def _dropped(self, row: dict[str, Any]) -> bool:
        return self.raw_since is None or row["occurred_at"] < self.raw_since

    def count(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.uniques and not self.gone(rows)
        return {"events": len(rows), "creators": len({row["creator"] for row in rows}) if known else None}

    def buckets(self, shifted: str, answered: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The counts of the answer's own buckets, once their edges have proved to be the calendar's."""
        by_bucket: dict[Any, list[Any]] = defaultdict(list)
        for row in self.span(shifted):
            by_bucket[self.bucket(row["occurred_at"])].append(row)
        starts = [datetime.fromisoformat(bucket["start"]) for bucket in answered]
        ends = [datetime.fromisoformat(bucket["end"]) for bucket in answered]
        assert [end.isoformat() for end in ends[:-1]] == [start.isoformat() for start in starts[1:]]
        keys = [self.bucket(start) for start in starts]
        assert len(set(keys)) == len(keys)
        assert keys == [self.bucket(end - timedelta(microseconds=1)) for end in ends]
        assert by_bucket.keys() <= set(keys)
        whole = self.gone(self.span(shifted))
        expected = []
        for bucket, key, start in zip(answered, keys, starts, strict=True):
            rows = by_bucket[key]
            creators: int | None = len({row["creator"] for row in rows})
            if not self.uniques or (whole and rows and not self._kept_by_day() and self._before(start)):
                creators = None
            expected.append({"start": bucket["start"], "end": bucket["end"], "events": len(rows), "creators": creators})
        return expected

    def _before(self, start: datetime) -> bool:
        return self.raw_since is None or start < self.raw_since

    def _kept_by_day(self) -> bool:
        query = self.query
        asked = query.get("receiver") or self.grant.get("receivers") or []
        return (
            query.get("interval", "day") == "day"
            and self.tz.key == REPORTING
            and len(asked) == 1
            and len(query.get("name", [])) == 1
            and not query["name"][0].endswith("*")
            and "source" not in query
            and self.days_whole
        )

    days_whole = True
    """Whether the period that is counted begins and ends at midnight; the test says so of periods given by times."""

    def breakdown(self) -> tuple[list[dict[str, Any]], int] | str:
        by = self.query.get("by", "name")
        rows = self.span()
        if by.startswith("property:") and self.gone(rows):
            return GONE
        self_uniques = self.uniques or by.startswith("property:")
        known = self.uniques and not (self_uniques and self.gone(rows))
        values = defaultdict(list)
        for row in rows:
            values[_part(row, by)].append(row)
        parts = [
            {"value": value, "events": len(of), "creators": len({row["creator"] for row in of}) if known else None}
            for value, of in values.items()
        ]
        parts.sort(key=lambda part: (-part["events"], part["value"] is None, part["value"] or ""))
        limit = self.query.get("limit", 100)
        return parts[:limit], max(0, len(parts) - limit)

    def top(self) -> tuple[list[dict[str, Any]], int] | str:
        rows = self.span()
        order = self.query.get("order", "events")
        known = self.uniques and not self.gone(rows)
        if order == "creators" and not known:
            return GONE
        found = defaultdict(list)
        for row in rows:
            found[row["receiver_type"], row["receiver_id"]].append(row)
        listed = [
            {
                "receiver": ":".join(key),
                "title": TITLES.get(":".join(key)),
                "url": None,
                "events": len(of),
                "creators": len({row["creator"] for row in of}) if known else None,
            }
            for key, of in sorted(found.items())
            if self.query.get("search", "").lower() in f"{key[1]} {TITLES.get(':'.join(key), '')}".lower()
        ]
        listed.sort(key=lambda one: -one[order])
        limit = self.query.get("limit", 20)
        return listed[:limit], max(0, len(listed) - limit)

    def funnel(self) -> list[tuple[str, int, int]] | str:
        names = self.query.get("step", ["impression", "view", "click", "click__application*"])
        rows = [row for row in self.span() if any(_of_step(row["name"], name) for name in names)]
        if self.gone(rows):
            return GONE
        reached: Counter[int] = Counter()
        by_creator = defaultdict(lambda: defaultdict(list))
        for row in sorted(rows, key=lambda row: row["occurred_at"]):
            by_creator[row["creator"]][row["receiver_type"], row["receiver_id"]].append(row)
        for receivers in by_creator.values():
            far = max(_steps_taken(walk, names) for walk in receivers.values())
            reached.update(range(far))
        events = [sum(_of_step(row["name"], name) for row in rows) for name in names]
        return [(name, events[n], reached[n]) for n, name in enumerate(names)]


def _steps_taken(walk: list[dict[str, Any]], names: list[str]) -> int:
    """How many steps, each at the earliest possible time at or after the one before."""
    now = walk[0]["occurred_at"]
    for taken, name in enumerate(names):
        times = [row["occurred_at"] for row in walk if row["occurred_at"] >= now and _of_step(row["name"], name)]
        if not times:
            return taken
        now = min(times)
    return len(names)


def _named(name: str, meant: str) -> bool:
    return name.startswith(meant[:-1]) if meant.endswith("*") else name == meant


def _of_step(name: str, step: str) -> bool:
    if "__" in step or step.endswith("*"):
        return _named(name, step)
    return name.partition("__")[0] == step


def _part(row: dict[str, Any], by: str) -> str | None:
    action, parted, detail = row["name"].partition("__")
    value = (row["properties"] or {}).get("color")
    color = value if value is None or isinstance(value, str) else json.dumps(value)
    return {
        "name": row["name"],
        "action": action,
        "detail": detail if parted else None,
        "source": row["source"],
        "type": row["receiver_type"],
        "property:color": color,
    }[by]


def _year_before(day: Any) -> Any:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
