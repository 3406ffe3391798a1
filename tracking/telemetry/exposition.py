"""What /metrics says, in Prometheus' text format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tracking.telemetry import series

if TYPE_CHECKING:
    from tracking.telemetry.probes import Probe

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """The numbers of all workers, and those that these probes ask for."""

    def __init__(self, *probes: Probe) -> None:
        self._asked = CollectorRegistry()
        for probe in probes:
            self._asked.register(probe)

    def text(self) -> bytes:
        series.flush()
        return generate_latest(series.shared()) + generate_latest(self._asked)
