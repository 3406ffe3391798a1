"""Stages 3 and 4 in one: the one way in. Requests, files and the demo all bring their events here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tracking import deployment
from tracking.catalogue.windows import Windows
from tracking.deployment import Deployment
from tracking.ingest.admit import Admission, newest
from tracking.ingest.bots import Agents
from tracking.ingest.group import GroupCommit
from tracking.ingest.kept import Kept
from tracking.ingest.settle import settle
from tracking.ingest.writer import Writer
from tracking.snapshot import Snapshot
from tracking.telemetry import series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Engine

    from tracking.ingest.decode import Rejection
    from tracking.ingest.schemas import Event
    from tracking.ingest.writer import Verdict, Write
    from tracking.provenance.grants import Grant


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes events of any sender; one for each process.

    `oldest` is the oldest time that an event may have. `future_seconds` is how far a client's clock may run ahead.
    `write` is what writes for a sender. `alone` writes what the database refused when `write` wrote it together with
    others. `kept` bounds what is kept of rejected events; None: all is. `queued`: they are written later.
    """

    windows: Windows
    deployment: Snapshot[Deployment]
    oldest: Callable[[Deployment], datetime]
    future_seconds: int
    write: Callable[[Grant], Write]
    alone: Write | None
    kept: Kept | None
    queued: bool = False

    def take(self, grant: Grant, events: Iterable[Event | Rejection], agents: Agents | None = None) -> list[Verdict]:
        """The verdict of each event, in order, once all are committed. `agents` knows the crawlers among the clients.

        Raises `Problem` 503 where the database is too busy, and `sqlalchemy.exc.OperationalError` where it is away.
        """
        decided = self.deployment.get()
        admission = Admission(
            grant,
            self.windows.current(),
            self.oldest(decided),
            newest(self.future_seconds),
            agents or Agents(),
            decided.dropped_until,
            accepted_at=datetime.now(UTC) if self.queued else None,
        )
        rows = admission.rows(events)
        verdicts = settle(self.write(grant), grant.source_name, rows, self.kept, self.alone, grant.creator)
        series.events(grant.source_name, verdicts)
        if admission.warned:
            for place, row in enumerate(rows):
                if warning := admission.warned.get(id(row)):
                    verdicts[place] = verdicts[place] | {"warning": warning}
        return verdicts


def of_requests(windows: Windows, engine: Engine, decided: Snapshot[Deployment], future_seconds: int) -> Intake:
    """Requests wait for each other to share a commit, and are bounded in what they leave behind."""
    group = GroupCommit(Writer(engine).write)
    series.WAITING_ROWS.of((), lambda: group.waiting)
    return Intake(windows, decided, Deployment.oldest, future_seconds, lambda _: group.write, group.alone, Kept())


def into_queue(
    windows: Windows, write: Callable[[Grant], Write], decided: Snapshot[Deployment], future_seconds: int
) -> Intake:
    """The same, but `write` publishes: the database may be away."""
    return Intake(windows, decided, Deployment.oldest, future_seconds, write, None, Kept(), queued=True)


def of_files(engine: Engine, future_seconds: int) -> Intake:
    """Files come in large batches, may be of any age, and have all that is rejected of them kept."""
    write = Writer(engine).write
    decided = Snapshot(partial(deployment.read, engine))
    return Intake(Windows(engine), decided, Deployment.oldest_imported, future_seconds, lambda _: write, write, None)
