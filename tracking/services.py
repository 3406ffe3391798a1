"""What the views of one API process share. Built once, after the fork."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tracking import db, deployment
from tracking.catalogue.windows import Windows
from tracking.ingest.group import GroupCommit
from tracking.ingest.kept import Kept
from tracking.ingest.writer import Writer
from tracking.provenance.guard import Guard
from tracking.provenance.limits import Limits
from tracking.provenance.sources import SourceRegistry
from tracking.snapshot import Snapshot
from tracking.stats.memo import Memo
from tracking.stats.turns import Turns

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.deployment import Deployment
    from tracking.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """`engine`: for what brings events, and all that lets them in; `questions`: for what counts them. Those who write
    never wait for those who ask.
    """

    settings: Settings
    deployment: Snapshot[Deployment]
    engine: Engine
    questions: Engine
    turns: Turns
    guard: Guard
    windows: Windows
    writer: GroupCommit
    kept: Kept
    memo: Memo

    def close(self) -> None:
        """Closes the connections."""
        self.engine.dispose()
        self.questions.dispose()


def build(settings: Settings) -> Services:
    url, timeout = db.api_url(settings), settings.statement_timeout_ms
    engine = db.engine(url, pool_size=settings.pool_size, statement_timeout_ms=timeout)
    questions = db.engine(url, pool_size=settings.questions_at_once, statement_timeout_ms=timeout)
    limits = Limits(settings.rate_storage, per_token=settings.rate_per_token, per_address=settings.rate_per_address)
    guard = Guard(
        registry=SourceRegistry(engine),
        keys=settings.secret_keys,
        token_max_seconds=settings.token_max_seconds,
        audience=settings.deployment,
        limits=limits,
        engine=engine,
    )
    return Services(
        settings, Snapshot(partial(deployment.read, engine)), engine, questions, Turns(settings.questions_at_once),
        guard, Windows(engine), GroupCommit(Writer(engine).write), Kept(), Memo(),
    )  # fmt: skip
