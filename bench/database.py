"""A database of its own for a bench, and the same SQL without HTTP: the ceiling."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
import psycopg

from tracking import db, environment, migrations
from tracking.ingest.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOWED = "view"
PLAIN = "bench__plain"
FILL = """
    insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name, properties)
    select now() - interval '1 hour' - random() * interval '29 days', gen_random_uuid(), 'web',
           'user-' || (random() * 200000)::int, 'job', (power(random(), 3) * 20000)::int::text, 'bench__plain',
           jsonb_build_object('page', '/jobs/' || n, 'position', n %% 50)
      from generate_series(1, %s) as n
"""


@contextmanager
def fresh(name: str) -> Iterator[str]:
    """A migrated database beside the one of DATABASE_URL; gone afterwards. Yields a libpq connection string."""
    here = environment.load()
    if here.database_url is None:
        raise SystemExit("set DATABASE_URL to a native TimescaleDB: figures of the embedded engine say nothing")
    server = db.owner_url(here)
    with db.connect(server) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name}")
    os.environ["DATABASE_URL"] = server.set(database=name).render_as_string(hide_password=False)
    try:
        migrations.migrate(environment.load())
        yield server.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    finally:
        os.environ["DATABASE_URL"] = server.render_as_string(hide_password=False)
        with db.connect(server) as connection:
            connection.execute(f"drop database if exists {name} with (force)")


def batch(size: int, name: str, rng: random.Random) -> str:
    """Rows as the API makes them."""
    rows = []
    for n in range(size):
        creator, receiver = f"user-{rng.getrandbits(40)}", str(rng.randrange(20_000))
        row = Row(
            source="web",
            name=name,
            occurred_at=datetime.now(UTC),
            event_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            creator=creator,
            receiver_type="job",
            receiver_id=receiver,
            properties={"page": f"/jobs/{receiver}", "position": n},
            context={"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"},
        )
        if name == WINDOWED:
            row.window = 1800
            row.guard_key = blake2b(f"{creator}{receiver}".encode(), digest_size=16).hexdigest()
        rows.append(row)
    return msgspec.json.encode(rows).decode()


def ceiling(dsn: str, *, size: int, name: str, connections: int, seconds: float) -> float:
    """Events per second of the API's own statement on so many connections, batches made beforehand."""
    with multiprocessing.Pool(connections) as pool:
        work = [(dsn, size, name, seconds, seed) for seed in range(connections)]
        return sum(pool.map(_drive, work))


def _drive(work: tuple[str, int, str, float, int]) -> float:
    dsn, size, name, seconds, _ = work
    rng = random.Random()
    statement = db.query("ingest")
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        batches = [batch(size, name, rng) for _ in range(int(150_000 * seconds / 5 / size))]
        written, started = 0, time.perf_counter()
        for each in batches:
            connection.execute(statement, {"batch": each, "rejected": "[]"}).fetchall()
            written += size
            if time.perf_counter() - started > seconds:
                break
        return written / (time.perf_counter() - started)
