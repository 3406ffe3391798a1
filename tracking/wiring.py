"""Builds the objects that one API process shares, after the fork: processes cannot share connections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tracking import db, deployment
from tracking.exports import slots as exports_slots
from tracking.ingest import intake
from tracking.live import slots as live_slots
from tracking.provenance.gate import Gate
from tracking.provenance.limits import Limits
from tracking.provenance.sources import SourceRegistry
from tracking.services import Services
from tracking.snapshot import Snapshot
from tracking.stats import incomplete as incomplete_numbers
from tracking.stats.memo import Memo
from tracking.stats.questions import Counts
from tracking.stats.turns import Turns

if TYPE_CHECKING:
    from tracking.settings import Settings


def build(settings: Settings) -> Services:
    """The services of one app. It does not connect yet."""
    url, timeout = db.api_url(settings), settings.statement_timeout_ms
    engine = db.engine(url, pool_size=settings.pool_size, statement_timeout_ms=timeout)
    questions = db.engine(url, pool_size=settings.questions_at_once, statement_timeout_ms=timeout)
    decided = Snapshot(partial(deployment.read, engine))
    incomplete = Snapshot(partial(incomplete_numbers.read, engine), max_age=incomplete_numbers.MAX_AGE)
    gate = Gate(
        registry=SourceRegistry(engine),
        keys=settings.secret_keys,
        token_max_seconds=settings.token_max_seconds,
        audience=settings.deployment,
        limits=Limits(settings.rate_storage, per_token=settings.rate_per_token, per_address=settings.rate_per_address),
        engine=engine,
    )
    return Services(
        settings=settings,
        deployment=decided,
        engine=engine,
        counts=Counts(questions, decided, Turns(settings.questions_at_once), Memo(), incomplete),
        gate=gate,
        intake=intake.of_requests(engine, decided, settings.future_seconds),
        exports=exports_slots.slots(),
        streams=live_slots.slots(),
    )
