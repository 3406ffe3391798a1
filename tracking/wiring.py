"""Builds the objects that one API process shares, after the fork: processes cannot share connections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from tracking import db, deployment
from tracking.catalogue.windows import Windows
from tracking.exports import slots as exports_slots
from tracking.ingest import intake
from tracking.live import slots as live_slots
from tracking.provenance.gate import Gate
from tracking.provenance.limits import Limits
from tracking.provenance.sources import SourceRegistry
from tracking.services import Services
from tracking.snapshot import Snapshot
from tracking.stats import incomplete as incomplete_numbers
from tracking.stats import replica
from tracking.stats.memo import Memo
from tracking.stats.questions import Counts
from tracking.stats.turns import Turns
from tracking.telemetry import database, series, tracing
from tracking.telemetry.exposition import Exposition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine, QueuePool

    from tracking.queues.publish import Publisher
    from tracking.settings import Settings
    from tracking.telemetry.probes import Probe


def build(settings: Settings) -> Services:
    """The services of one app. It does not connect yet."""
    url, timeout = db.api_url(settings), settings.statement_timeout_ms
    engine = db.engine(url, pool_size=settings.pool_size, statement_timeout_ms=timeout)
    questions = db.engine(url, pool_size=settings.questions_at_once, statement_timeout_ms=timeout)
    if tracing.is_wanted():
        tracing.trace_statements(engine, questions)
    turns = Turns(settings.questions_at_once)
    _watch(turns, writing=engine, questions=questions)
    trusted = float(settings.queue_trust_seconds) if settings.queue_url else 0.0
    decided = Snapshot(partial(deployment.read, engine), trusted=trusted)
    incomplete = Snapshot(partial(incomplete_numbers.read, engine), max_age=incomplete_numbers.MAX_AGE)
    windows = Windows(engine, trusted)
    publisher = _publisher(settings)
    gate = Gate(
        registry=SourceRegistry(engine, trusted),
        keys=settings.secret_keys,
        token_max_seconds=settings.token_max_seconds,
        audience=settings.deployment,
        limits=Limits(settings.rate_storage, per_token=settings.rate_per_token, per_address=settings.rate_per_address),
        engine=engine,
        defers=publisher is not None,
    )
    return Services(
        settings=settings,
        deployment=decided,
        engine=engine,
        counts=Counts(questions, decided, turns, Memo(), incomplete, replica.of(settings), settings.small_group),
        gate=gate,
        intake=(
            intake.of_requests(windows, engine, decided, settings.future_seconds)
            if publisher is None
            else intake.into_queue(windows, publisher.of, decided, settings.future_seconds)
        ),
        publisher=publisher,
        exports=exports_slots.slots(),
        streams=live_slots.slots(),
        exposition=Exposition(*_probes(settings, url)),
    )


def _watch(turns: Turns, **pools: Engine) -> None:
    """Has /metrics tell how much of each is in use."""
    series.QUESTIONS.of((), turns.__len__)
    for name, engine in pools.items():
        pool = cast("QueuePool", engine.pool)
        series.POOL_SIZE.of((name,), pool.size)
        series.POOL_USED.of((name,), pool.checkedout)


def _probes(settings: Settings, url: URL) -> Iterator[Probe]:
    yield database.probe(url)
    if settings.queue_url is not None:
        from tracking.queues import broker, probe  # noqa: PLC0415 - as for the publisher

        yield probe.probe(broker.of(settings), url)


def _publisher(settings: Settings) -> Publisher | None:
    if settings.queue_url is None:
        return None
    from tracking.queues import broker, publish  # noqa: PLC0415 - a third of a second that only they need who have a queue

    return publish.Publisher(broker.of(settings))
