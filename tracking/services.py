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

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.deployment import Deployment
    from tracking.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    deployment: Snapshot[Deployment]
    engine: Engine
    guard: Guard
    windows: Windows
    writer: GroupCommit
    kept: Kept
    memo: Memo


def build(settings: Settings) -> Services:
    engine = db.engine(
        db.api_url(settings), pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
    )
    limits = Limits(settings.rate_storage, per_token=settings.rate_per_token, per_address=settings.rate_per_address)
    guard = Guard(
        registry=SourceRegistry(engine),
        keys=settings.secret_keys,
        token_max_seconds=settings.token_max_seconds,
        audience=settings.deployment,
        limits=limits,
        engine=engine,
    )
    decided = Snapshot(partial(deployment.read, engine))
    return Services(
        settings, decided, engine, guard, Windows(engine), GroupCommit(Writer(engine).write), Kept(), Memo()
    )
