"""An API with a queue in front, within this process, and drains beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from fixtures.cast import an_app
from fixtures.queues import queue, queue_url, queued, sqs, until, waiting
from fixtures.rabbit import rabbit
from fixtures.s3 import aws
from tracking import db
from tracking.queues.broker import Broker
from tracking.queues.consume import Drain
from tracking.settings import Settings

__all__ = ["aws", "queue", "queue_url", "queued", "rabbit", "sqs"]


@pytest.fixture
def client(queued: Settings, queue: Broker, engine: Engine) -> Iterator[FlaskClient]:
    app = an_app(queued)
    yield app.test_client()
    app.extensions["footfall"].close()


@pytest.fixture
def drain(queued: Settings, queue: Broker) -> Iterator[Callable[[], None]]:
    """Lets a drain write all that waits, as the API's role."""
    pool = db.engine(db.api_url(queued))

    def run() -> None:
        drain, stop = Drain(queue, pool), threading.Event()
        thread = threading.Thread(target=drain.run, args=[stop])
        thread.start()
        try:
            until(lambda: waiting(queue) == 0)
        finally:
            stop.set()
            thread.join()

    yield run
    pool.dispose()
