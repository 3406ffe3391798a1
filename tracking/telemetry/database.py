"""What only the database knows: how far the aggregates lag, what is overdue, what became of the jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import GaugeMetricFamily

from tracking import db
from tracking.telemetry.probes import Probe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import Metric
    from sqlalchemy import URL, Engine

TIMEOUT_MS = 2_000


class Known(NamedTuple):
    says: str
    label: str | None


GAUGES = {
    "aggregate_lag_seconds": Known("Seconds that an aggregate is behind the newest event.", "aggregate"),
    "aggregate_waiting_ranges": Known("Ranges of time that changed since an aggregate counted them.", "aggregate"),
    "trails_lag_seconds": Known("Seconds since the moment to which the trails have what happened and arrived.", None),
    "trails_inbox_events": Known("Restored events that wait for the next run of the trails.", None),
    "outbox_overdue_seconds": Known(
        "Seconds since the longest overdue thing to tell (pending), or message, should have gone on.",
        "stage",
    ),
    "jobs_led": Known("1 if a jobs process leads.", None),
    "job_failures": Known("Failures of a job in a row, of its last 100 runs.", "job_name"),
    "job_success_timestamp_seconds": Known("When a job last ended well, of its last 100 runs.", "job_name"),
}
"""By the names that `tracking.gauges()` gives, each with `footfall_` in front. `job` is a label of Prometheus' own."""


def probe(url: URL) -> Probe:
    """Asks by a connection of its own, which it closes: it waits for no pool, and holds none up."""
    return Probe("database", partial(_read, db.engine(url, statement_timeout_ms=TIMEOUT_MS)))


def _read(engine: Engine) -> Iterable[Metric]:
    try:
        with engine.connect() as connection:
            rows = db.run(connection, "gauges").all()
    finally:
        engine.dispose()
    families: dict[str, GaugeMetricFamily] = {}
    for name, label, value in rows:
        if known := GAUGES.get(name):  # the functions of a newer version may be in force
            if name not in families:
                labels = [known.label] if known.label else []
                families[name] = GaugeMetricFamily(f"footfall_{name}", known.says, labels=labels)
            families[name].add_metric([label] if known.label else [], value)
    return families.values()
