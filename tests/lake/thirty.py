"""Thirty days of the demo's traffic as if they had arrived when they happened, some of them late; and all in the lake."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tracking import db
from tracking.aggregates import refresh
from tracking.catalogue import receivers as catalogue
from tracking.demo import receivers, traffic
from tracking.ingest.bulk import BATCH, Bulk, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

    from tracking.settings import Settings

UNTIL = datetime(2025, 11, 9, tzinfo=UTC)
"""The night to the 26th of October, when Berlin's day has 25 hours, is among the thirty days before."""
EVENTS = 6_000
ARRIVED = (
    # one in twenty is up to five days late; the rest comes within a minute
    """
    update tracking.events
       set received_at = date_trunc('minute', occurred_at) + interval '1 minute'
                         + case when hashtext(event_id::text) % 20 = 0
                                then interval '1 day' * (1 + abs(hashtext(event_id::text)) % 5) else interval '0' end
    """,
    """
    with gone as (delete from tracking.ingest_ledger)
    insert into tracking.ingest_ledger
    select received_at, source, name, coalesce(excluded, 'accepted'), count(*), min(occurred_at), max(occurred_at)
      from tracking.events group by 1, 2, 3, 4
    """,
)


def fill(settings: Settings, engine: Engine) -> None:
    """Writes the events, and refreshes the counts."""
    with engine.begin() as connection:
        catalogue.put(connection, receivers(7))
    sent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in traffic(days=30, until=UNTIL, events=EVENTS):
        sent[event.pop("source")].append(event)
    for source, events in sent.items():
        bulk, tally = Bulk(engine, settings, source), Tally()
        for batch in _batches(events):
            bulk.write(batch, tally)
    with db.connect(db.owner_url(settings)) as connection:
        for statement in ARRIVED:
            connection.execute(statement)
    refresh.catch_up(db.owner_url(settings))


def _batches(events: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (events[at : at + BATCH] for at in range(0, len(events), BATCH))
