"""What the views and layers of one API process share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from tracking.deployment import Deployment
    from tracking.ingest.intake import Intake
    from tracking.provenance.gate import Gate
    from tracking.settings import Settings
    from tracking.snapshot import Snapshot
    from tracking.stats.memo import Memo
    from tracking.stats.turns import Turns


@dataclass(frozen=True, slots=True)
class Services:
    """`engine` serves whatever brings events, and all that lets them in; `questions` whatever counts them. So a writer
    never waits for a question.
    """

    settings: Settings
    deployment: Snapshot[Deployment]
    engine: Engine
    questions: Engine
    turns: Turns
    gate: Gate
    intake: Intake
    memo: Memo

    def close(self) -> None:
        """Closes the connections."""
        self.engine.dispose()
        self.questions.dispose()


def of(app: Flask) -> Services:
    """The services of an app, for what runs around Flask."""
    services: Services = app.extensions["footfall"]
    return services


def current() -> Services:
    """The services of the app whose request this is."""
    return of(current_app)
