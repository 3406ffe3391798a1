"""Many events at once, from a file or the simulator: the same stages, in large batches, and of any age.

Old events lie before what the refresh policies cover, so the aggregates are refreshed over them at the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tracking.catalogue.windows import Windows
from tracking.ingest import decode
from tracking.ingest.admit import Admission
from tracking.ingest.schemas import Event
from tracking.ingest.writer import Verdict, Writer, settle
from tracking.provenance.grants import Grant

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.settings import Settings

BATCH = 1000
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Each day of events is a chunk of the hypertable; a wrong clock must not make one in 1970."""


@dataclass(slots=True)
class Tally:
    """What became of the events so far: counts by verdict, and the time that the written ones span."""

    counts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def span(self, times: list[datetime]) -> None:
        if times:
            self.first = min(times) if self.first is None else min(self.first, *times)
            self.last = max(times) if self.last is None else max(self.last, *times)


class Bulk:
    """Writes events of one source; each names its creator."""

    def __init__(self, engine: Engine, settings: Settings, source: str) -> None:
        self._writer = Writer(engine)
        self._windows = Windows(engine)
        self._grant = Grant(source, "source", frozenset({"ingest"}), float("inf"))
        self._newest = timedelta(seconds=settings.future_seconds)
        self._oldest = OLDEST
        if settings.retention_days:  # what retention drops anyway would only leave half a day in the aggregates
            self._oldest = datetime.now(UTC) - timedelta(days=settings.retention_days - 1)

    def write(self, sent: list[dict[str, Any]], tally: Tally) -> list[Verdict]:
        """The verdict of each, in order, once all are committed; adds them to `tally`."""
        events = [decode.decode_one(event) for event in sent]
        newest = datetime.now(UTC) + self._newest
        rows = Admission(self._grant, self._windows.current(), self._oldest, newest).admit(events)
        verdicts = settle(self._writer.write, self._grant.source, rows)
        tally.counts.update(verdict["verdict"] for verdict in verdicts)
        tally.span(
            [
                event.occurred_at
                for event, row in zip(events, rows, strict=True)
                if isinstance(event, Event) and isinstance(row, bytes)
            ]
        )
        return verdicts

    def pass_over(self, sent: dict[str, Any], tally: Tally) -> None:
        """Adds the time of an event that an earlier run wrote: the aggregates lack it until the refresh at the end."""
        event = decode.decode_one(sent)
        if isinstance(event, Event) and self._oldest <= event.occurred_at <= datetime.now(UTC) + self._newest:
            tally.span([event.occurred_at])
