"""Many events at once, from a file or the demo."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracking.ingest import intake
from tracking.ingest.decode import decode_one
from tracking.provenance.grants import Grant

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.ingest.writer import Verdict
    from tracking.settings import Settings

BATCH = 1000


@dataclass(slots=True)
class Tally:
    """Counts the events so far by verdict."""

    counts: Counter[str] = field(default_factory=Counter)


class Bulk:
    """Writes events of one source; each names its creator."""

    def __init__(self, engine: Engine, settings: Settings, source: str) -> None:
        self._intake = intake.of_files(engine, settings.future_seconds)
        self._grant = Grant(source, "source", frozenset({"ingest"}), float("inf"))

    def write(self, sent: list[dict[str, Any]], tally: Tally) -> list[Verdict]:
        """The verdict of each, in order, once all are committed; adds them to `tally`."""
        verdicts = self._intake.take(self._grant, map(decode_one, sent))
        tally.counts.update(verdict["verdict"] for verdict in verdicts)
        return verdicts
