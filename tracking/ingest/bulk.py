"""Many events at once, from a file or the simulator: the same stages, in large batches, and of any age."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tracking import deployment
from tracking.catalogue.windows import Windows
from tracking.ingest import decode
from tracking.ingest.admit import Admission, newest
from tracking.ingest.settle import settle
from tracking.ingest.writer import Verdict, Writer
from tracking.provenance.grants import Grant
from tracking.snapshot import Snapshot

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.settings import Settings

BATCH = 1000


@dataclass(slots=True)
class Tally:
    """What became of the events so far: counts by verdict."""

    counts: Counter[str] = field(default_factory=Counter)


class Bulk:
    """Writes events of one source; each names its creator."""

    def __init__(self, engine: Engine, settings: Settings, source: str) -> None:
        self._writer = Writer(engine)
        self._windows = Windows(engine)
        self._grant = Grant(source, "source", frozenset({"ingest"}), float("inf"))
        self._deployment = Snapshot(partial(deployment.read, engine))
        self._future_seconds = settings.future_seconds

    def write(self, sent: list[dict[str, Any]], tally: Tally) -> list[Verdict]:
        """The verdict of each, in order, once all are committed; adds them to `tally`."""
        events = [decode.decode_one(event) for event in sent]
        decided = self._deployment.get()
        rows = Admission(
            self._grant, self._windows.current(), decided.oldest_imported(), newest(self._future_seconds),
            dropped_until=decided.dropped_until,
        ).rows(events)  # fmt: skip
        verdicts = settle(self._writer.write, self._grant.source_name, rows)
        tally.counts.update(verdict["verdict"] for verdict in verdicts)
        return verdicts
