"""What /metrics tells of the queue: how many messages wait, and for how long the oldest has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy.exc import SQLAlchemyError

from tracking import db
from tracking.telemetry.database import TIMEOUT_MS
from tracking.telemetry.probes import Probe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import Metric
    from sqlalchemy import URL

    from tracking.queues.broker import Broker


def probe(broker: Broker, url: URL) -> Probe:
    return Probe("queue", Reading(broker, url).read)


class Reading:
    """Asks the broker how much waits, and the database how old what was written last was when that was written.

    Neither broker says how old its oldest message is. It came after the one that was written last, and after the last
    moment at which nothing waited.
    """

    def __init__(self, broker: Broker, url: URL) -> None:
        self._broker = broker
        self._engine = db.engine(url, statement_timeout_ms=TIMEOUT_MS)
        self._since: datetime | None = None

    def read(self) -> Iterable[Metric]:
        """Raises one of `broker.ERRORS` if the broker is away."""
        now = datetime.now(UTC)
        with self._broker.connected() as connection:
            main, dead = (self._broker.depth(connection, queue) for queue in (self._broker.main, self._broker.dead))
        known = [moment for moment in (self._since, self._written() if main else now) if moment is not None]
        self._since = max(known, default=now)
        waiting = GaugeMetricFamily("footfall_queue_messages", "Messages in a queue.", labels=["queue"])
        waiting.add_metric(["main"], main)
        waiting.add_metric(["dead"], dead)
        says = "Seconds that the oldest message has waited at most."
        return waiting, GaugeMetricFamily(
            "footfall_queue_oldest_seconds", says, value=max(0.0, (now - self._since).total_seconds())
        )

    def _written(self) -> datetime | None:
        """When the message that was written last had been accepted; while the database is away, none is written."""
        try:
            with self._engine.connect() as connection:
                row = db.run(connection, "queue_last").first()
        except SQLAlchemyError:
            return None
        finally:
            self._engine.dispose()
        return row.accepted_at if row else None
