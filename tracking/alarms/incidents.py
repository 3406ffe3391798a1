"""Incidents, as the database has them, and what they say in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

ALL = "*"
"""In place of a name: all names of the source; in place of a source: all sources."""

FIRST_WEEKS = timedelta(days=21)
"""Of a series, in which it is not judged: tracking.volume_signals counts them."""

SHARES = {
    "rejected": "are rejected",
    "duplicate": "were sent before",
    "repeat": "repeat an action of a moment before",
    "bot": "are of crawlers",
    "clock": "happened, by the sender's clock, more than 10 minutes before they arrived, or after it",
}
"""What is said of a share of events, by the kind of the incident."""


@dataclass(frozen=True, slots=True)
class Incident:
    """`observed` and `expected`: events in the same minutes for `fewer` and `more`, else shares of events, 0 to 1."""

    incident: int
    source: str
    name: str
    kind: str
    opened_at: datetime
    last_good_at: datetime | None
    first_bad_at: datetime
    observed: float
    expected: float
    seen_at: datetime
    changed: dict[str, Any]
    closed_at: datetime | None
    closed_by: str | None

    @property
    def series(self) -> str:
        """What is watched, as in `click__save of ios`."""
        if self.source == ALL:
            return "all sources"
        if self.name == ALL:
            return self.source
        return f"{self.name or 'events without a valid name'} of {self.source}"

    def headline(self) -> str:
        """What is wrong, in a sentence without its end."""
        match self.kind:
            case "fewer" | "more":
                came = "nothing came" if not self.observed else f"{_number(self.observed)} events came"
                return f"{self.series}: {came} where {_number(self.expected)} are usual"
            case "ratio":
                fewer, _, more = self.name.partition(" > ")
                return f"{self.source}: more {fewer} came than {more}"
            case kind:
                share, usual = f"{self.observed:.0%}", f"{self.expected:.1%}"
                return f"{self.series}: {share} of the events {SHARES[kind]}; {usual} are usual"

    def details(self) -> list[str]:
        """What is known of it, a line each."""
        lines = [f"last good event: {_time(self.last_good_at)}", f"first bad one: {_time(self.first_bad_at)}"]
        if release := self.changed.get("release"):
            deployed = datetime.fromisoformat(release["deployed_at"])
            lines.append(f"release {release['release']} of {release['source']} was deployed "
                         f"{_apart(deployed, self.first_bad_at)}")  # fmt: skip
        lines += [f"{SHARES[kind]}: {before:.1%} before, {after:.1%} since"
                  for kind, (before, after) in self.changed.get("shares", {}).items()]  # fmt: skip
        if reason := self.changed.get("reason"):
            lines.append(f"most are rejected for this reason: {reason}")
        if self.closed_at is not None:
            lines.append(f"over since {_time(self.closed_at)}" + ENDS[self.closed_by or ""])
        return lines

    def as_json(self) -> dict[str, Any]:
        return {
            "incident": self.incident,
            "source": self.source,
            "name": self.name,
            "kind": self.kind,
            "state": "open" if self.closed_at is None else "over",
            "text": self.headline(),
            "opened_at": _iso(self.opened_at),
            "last_good_at": _iso(self.last_good_at),
            "first_bad_at": _iso(self.first_bad_at),
            "observed": round(self.observed, 4),
            "expected": round(self.expected, 4),
            "seen_at": _iso(self.seen_at),
            "changed": self.changed,
            "closed_at": _iso(self.closed_at),
            "closed_by": self.closed_by,
        }


ENDS = {
    "itself": "",
    "accepted": ": called usual",
    "revoked": ": the source is revoked",
    "wider": ": part of a wider one",
}


def every(connection: Connection, *, closed: bool) -> list[Incident]:
    """The incidents that are open, or else the newest 200 with those that are over; the newest first."""
    return made(db.run(connection, "incidents_list", closed=closed))


def made(rows: Iterable[Row[Any]]) -> list[Incident]:
    return [Incident(*tuple(row)) for row in rows]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def _time(moment: datetime | None) -> str:
    return "none in the day before" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _apart(deployed: datetime, bad: datetime) -> str:
    minutes = round((bad - deployed).total_seconds() / 60)
    if minutes == 0:
        return "in the same minute"
    size, when = abs(minutes), "before" if minutes > 0 else "after that"
    return f"{size} {'minute' if size == 1 else 'minutes'} {when}" if size < 120 else f"{size // 60} hours {when}"
