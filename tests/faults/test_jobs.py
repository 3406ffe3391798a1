"""Compression, refreshes and retention run while clients write: nobody notices."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fixtures.cast import ago, event
from fixtures.clients import CLIENTS, REQUESTS, Clients
from fixtures.deployment import RETENTION_DAYS, Place, check, patiently
from fixtures.tallies import totals
from tracking import db, migrations
from tracking.aggregates import refresh
from tracking.ingest.bulk import Bulk, Tally

OLD, SETTLED = 20, 10
"""Days: what retention takes, and what the columnstore policy does."""


def history(place: Place) -> None:
    """Events from before retention was set, counted in the aggregates."""
    engine, tally = db.engine(db.owner_url(place.settings)), Tally()
    migrations.migrate(replace(place.settings, retention_days=0))
    past = [event(creator="user-a", occurred_at=ago(days=day, minutes=n)) for day in (OLD, SETTLED) for n in range(200)]
    Bulk(engine, place.settings, "web").write(past, tally)
    engine.dispose()
    migrations.migrate(place.settings)
    assert tally.counts.keys() == {"accepted", "repeat"}
    place.refresh()
    place.since = datetime.now(UTC)  # the ledger is held against what retention leaves


def compressed(place: Place, newer_than: int, older_than: int) -> list[bool]:
    return [
        is_compressed
        for (is_compressed,) in place.sql(
            "select is_compressed from timescaledb_information.chunks where hypertable_name = 'events'"
            " and range_end > now() - make_interval(days => %s) and range_start < now() - make_interval(days => %s)",
            newer_than,
            older_than,
        )
    ]


def test_jobs_meanwhile_lose_nothing_and_count_nothing_twice(place: Place) -> None:
    history(place)
    before = {
        name: {row for row in rows if row[0] < horizon(RETENTION_DAYS)} for name, rows in totals(place.settings).items()
    }
    assert all(before.values())
    clients, rounds = Clients(place.server.url, 2 * REQUESTS), 0

    def everything_at_once() -> None:
        nonlocal rounds
        while clients.said["acknowledged"] < 0.9 * CLIENTS * 2 * REQUESTS:
            for (chunk,) in place.sql("select show_chunks('tracking.events', newer_than => interval '8 days')::text"):
                patiently(lambda chunk=chunk: place.sql(f"call convert_to_columnstore('{chunk}')"))
            patiently(place.run_policies)
            url, now = db.owner_url(place.settings), datetime.now(UTC)
            for _ in refresh.refresh(url, refresh.everything(url, now - timedelta(days=4), now)):
                pass
            rounds += 1

    clients.run((0.05, everything_at_once))
    assert rounds > 0
    assert any(compressed(place, newer_than=4, older_than=0)), "late events met no compressed chunk"
    assert all(compressed(place, newer_than=SETTLED + 1, older_than=SETTLED - 1))
    assert place.sql("select count(*) from tracking.events where occurred_at < %s", horizon(OLD - 2)) == [(0,)]
    check(place, clients.acknowledged, since=horizon(SETTLED - 2))
    after = {
        name: {row for row in rows if row[0] < horizon(RETENTION_DAYS)} for name, rows in totals(place.settings).items()
    }
    assert after == before, "retention emptied an aggregate"


def horizon(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
