"""Rejected events, taken again after the catalogue was mended: each once, by the one way in.

An event is judged by the catalogue and the source as they are now; its time was judged when it came first. The
transaction that writes it marks it as retried: a retry that is broken off loses nothing, and takes nothing twice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tracking import db, deployment
from tracking.catalogue.windows import Windows
from tracking.ingest.admit import Admission, newest
from tracking.ingest.decode import Rejection
from tracking.ingest.schemas import Event
from tracking.ingest.writer import UNFIT, verdicts_of
from tracking.provenance.grants import Grant
from tracking.provenance.sources import SourceRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Engine

    from tracking.ingest.writer import Verdict

BATCH = 200
"""Events that one transaction takes."""
CUT = "it was too long to be kept whole; have the client send it again"

_event = msgspec.json.Decoder(Event).decode


class Wanted(NamedTuple):
    """Which events to take again: those that came since a moment; None: any."""

    since: datetime
    source: str | None = None
    name: str | None = None
    ids: list[int] | None = None


class Outcome(NamedTuple):
    number: int
    verdict: Verdict
    """As a reply has it; `rejected`: it was left as it is."""


class Ready(NamedTuple):
    """A rejected event that would be taken now."""

    number: int
    received_at: datetime
    row: bytes


class Retry:
    """Takes rejected events again. `future_seconds` is how far a client's clock may run ahead."""

    def __init__(self, engine: Engine, future_seconds: int) -> None:
        self._engine = engine
        self._sources = SourceRegistry(engine)
        self._windows = Windows(engine).current()
        self._decided = deployment.read(engine)
        self._newest = newest(future_seconds)

    def run(self, wanted: Wanted) -> Iterator[Outcome]:
        """What became of each, once it is committed. Those that another retry took meanwhile are left out."""
        after = 0
        while rejected := self._next(wanted, after):
            after = rejected[-1].id
            ready: list[Ready] = []
            for one in rejected:
                row = self._admitted(one)
                if isinstance(row, Rejection):
                    yield _left(one.id, row.field, row.reason)
                else:
                    ready.append(Ready(one.id, one.received_at, row))
            yield from self._take(ready)

    def _next(self, wanted: Wanted, after: int) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return db.run(connection, "rejected_retryable", after=after, most=BATCH, **wanted._asdict()).all()

    def _admitted(self, rejected: Any) -> bytes | Rejection:
        """The event as a row, or why it is still rejected."""
        source = self._sources.get(rejected.source, max_age=float("inf"))
        if source is None or source.revoked:
            return Rejection("", f"source {rejected.source} is {'revoked' if source else 'unknown'}")
        try:
            event = _event(rejected.payload)
        except msgspec.DecodeError:
            return Rejection("", CUT)
        grant = Grant(
            source.name,
            "client" if rejected.creator else "source",
            frozenset({"ingest"}),
            float("inf"),
            creator=rejected.creator,
            source=source,
        )
        admission = Admission(
            grant,
            self._windows,
            self._decided.oldest_imported(),
            self._newest,
            dropped_until=self._decided.dropped_until,
            excluded=rejected.excluded,
        )
        return admission.rows([event])[0]

    def _take(self, ready: Sequence[Ready]) -> Iterator[Outcome]:
        """Writes what no other retry has claimed. What the database refuses is found by halves, and left as it is."""
        if not ready:
            return
        try:
            yield from self._written(ready)
        except UNFIT as error:
            if len(ready) == 1:
                yield _left(
                    ready[0].number, "", f"the database cannot store it: {str(error.orig).partition(chr(10))[0]}"
                )
                return
            middle = len(ready) // 2
            yield from self._take(ready[:middle])
            yield from self._take(ready[middle:])

    def _written(self, ready: Sequence[Ready]) -> list[Outcome]:
        with self._engine.begin() as connection:
            run = partial(db.run, connection)
            since = min(one.received_at for one in ready)
            claimed = set(run("rejected_claim", ids=[one.number for one in ready], since=since).scalars())
            mine = [one for one in ready if one.number in claimed]
            batch = b"[" + b",".join(one.row for one in mine) + b"]"
            verdicts = verdicts_of(len(mine), run("ingest", batch=batch.decode(), rejected="[]").all())
        return [Outcome(one.number, verdict) for one, verdict in zip(mine, verdicts, strict=True)]


def _left(number: int, field: str, reason: str) -> Outcome:
    return Outcome(number, {"verdict": "rejected", "field": field, "reason": reason})
