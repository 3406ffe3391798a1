"""The objects that the views and layers of one API process share."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from tracking.deployment import Deployment
    from tracking.ingest.intake import Intake
    from tracking.provenance.gate import Gate
    from tracking.queues.publish import Publisher
    from tracking.settings import Settings
    from tracking.slots import Slots
    from tracking.snapshot import Snapshot
    from tracking.stats.questions import Counts
    from tracking.telemetry.exposition import Exposition


@dataclass(frozen=True, slots=True)
class Services:
    """`engine` writes events and checks rights; `counts` has its own connections: writers never wait for readers.
    `publisher` None: no queue is in front.
    """

    settings: Settings
    deployment: Snapshot[Deployment]
    engine: Engine
    counts: Counts
    gate: Gate
    intake: Intake
    publisher: Publisher | None
    exports: Slots
    streams: Slots
    exposition: Exposition

    def prepare(self) -> None:
        """With a queue in front, reads what events are judged by, since the database may be away when the first comes.

        Raises the database's errors.
        """
        if self.publisher is not None:
            self.gate.registry.origins()
            self.intake.windows.current()
            self.deployment.get()

    def must_stay(self) -> bool:
        """Whether a process that took this one's place could not work now: it would have nothing to go by."""
        if self.publisher is None:
            return False
        with suppress(SQLAlchemyError):
            self.deployment.get(max_age=0)
        return self.deployment.is_away

    def close(self) -> None:
        """Closes the connections."""
        self.engine.dispose()
        self.counts.close()
        if self.publisher is not None:
            self.publisher.close()


def of(app: Flask) -> Services:
    """The services of an app, for layers around Flask."""
    services: Services = app.extensions["footfall"]
    return services


def current() -> Services:
    """The services of the app that handles this request."""
    return of(current_app)
