"""Prometheus is told what waits, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from fixtures.cast import an_app, event
from fixtures.metrics import TOKEN, told
from fixtures.processes import ROOT
from fixtures.queues import publish
from tracking import db
from tracking.queues.broker import Broker
from tracking.queues.message import messages
from tracking.queues.probe import Reading

RULES = (ROOT / "deploy" / "prometheus" / "rules.yml").read_text()


def numbers(reading: Reading) -> dict[str, float]:
    return {
        sample.labels.get("queue", sample.name): sample.value for metric in reading.read() for sample in metric.samples
    }


def test_what_waits_is_told_and_for_how_long(queue: Broker, queued: Any, drain: Callable[[], None], sql: Any) -> None:
    reading = Reading(queue, db.api_url(queued))
    assert numbers(reading) == {"main": 0, "dead": 0, "footfall_queue_oldest_seconds": 0}
    hours = datetime.now(UTC) - timedelta(hours=3)
    reading._since = hours  # nobody asked since
    publish(queue, next(messages("web", hours, [b"{}"], [])))
    found = numbers(reading)
    assert (found["main"], found["dead"]) == (1, 0)
    assert 3 * 3600 <= found["footfall_queue_oldest_seconds"] < 4 * 3600
    sql("insert into tracking.queue_messages values (gen_random_uuid(), now() - interval '1 hour', now())")
    assert 3600 <= numbers(reading)["footfall_queue_oldest_seconds"] < 3700
    assert 3600 <= numbers(Reading(queue, db.api_url(queued)))["footfall_queue_oldest_seconds"] < 3700  # a new process
    gone = Reading(queue, db.api_url(replace(queued, database_url="postgresql://u@127.0.0.1:9/x")))
    assert numbers(gone)["footfall_queue_oldest_seconds"] < 60  # nobody can say more
    drain()
    found = numbers(reading)
    assert (found["main"], found["dead"], found["footfall_queue_oldest_seconds"]) == (0, 1, 0)


def test_every_number_of_the_queue_that_an_alert_names_is_told(
    queue: Broker, queued: Any, alice: str, engine: Any
) -> None:
    app = an_app(replace(queued, metrics_token=TOKEN))
    try:
        app.test_client().post("/v1/events", json={"events": [event()]}, headers={"Authorization": f"Bearer {alice}"})
        names = told(app.test_client())
        assert set(re.findall(r"footfall_queue_\w+", str(yaml.safe_load(RULES)))) <= names.names
        assert names.one("footfall_queue_up") == 1
        assert names.one("footfall_queue_messages", queue="main") == 1
        assert names.sum("footfall_events_total", verdict="queued") >= 1
    finally:
        app.extensions["footfall"].close()


def test_a_queue_that_is_away_hides_no_other_number(settings: Any, engine: Any) -> None:
    app = an_app(replace(settings, queue_url="amqp://127.0.0.1:9/x", metrics_token=TOKEN))
    try:
        names = told(app.test_client())
        assert (names.one("footfall_queue_up"), names.one("footfall_database_up")) == (0, 1)
    finally:
        app.extensions["footfall"].close()
