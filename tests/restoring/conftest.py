"""A deployment with events of every kind, what it wrote out, and the same database empty again."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fixtures.database import AGGREGATES, EMPTY
from fixtures.processes import environment
from fixtures.worlds import OWNED, an_event
from tracking import db
from tracking.aggregates import refresh
from tracking.ingest import intake
from tracking.ingest.bots import Agents
from tracking.ingest.decode import decode_one
from tracking.provenance.grants import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from tracking.settings import Settings

TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [("occurred_at", TIME), ("received_at", TIME)]
    + [(name, pa.string()) for name in ("event_id", "source", "creator", "receiver_type", "receiver_id", "name")]
    + [(name, pa.string()) for name in ("properties", "context", "excluded")]
)
SELECT = """
select occurred_at, received_at, event_id::text, source, creator, receiver_type, receiver_id, name, properties::text,
       context::text, excluded
  from tracking.events order by received_at, event_id
"""
LEDGER = """
select source, name, verdict, sum(events)::bigint, count(distinct received_at), min(received_at), max(received_at),
       min(occurred_from), max(occurred_to)
  from tracking.ingest_ledger group by 1, 2, 3 order by 1, 2, 3
"""
BEFORE = "received_at - interval '1 day' * (1 + (extract(epoch from received_at) * 1000000)::bigint % 3)"
ARRIVED_BEFORE = (
    f"update tracking.events set received_at = {BEFORE}",
    f"""
    with moved as (delete from tracking.ingest_ledger returning *)  -- a line lies in the chunk of its day
    insert into tracking.ingest_ledger
    select {BEFORE}, source, name, verdict, events, occurred_from, occurred_to from moved
    """,
)
"""Lets all have arrived over the last three days."""
FEW = timedelta(days=3)
BOT = {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}


@pytest.fixture
def world(engine: Engine, settings: Settings, catalogue: None, sql: Callable[..., list[tuple]]) -> None:
    """Some hundred events around the night on which the clocks of Berlin went back, and of last week: counted ones,
    late, repeated, own, of bots, fetched ahead, sent twice, with one id for two, and rejected.
    """
    for receiver, owner in OWNED.items():
        kind, _, number = receiver.partition(":")
        sql(
            "insert into tracking.receivers (receiver_type, receiver_id, owner) values (%s, %s, %s)",
            kind,
            number,
            owner,
        )
    chance = Random(13)
    anchors = [datetime(2025, 10, 26, tzinfo=UTC), datetime.now(UTC) - timedelta(days=8)]
    sent = [_sent(an_event(chance, anchor), anchor) for anchor in anchors for _ in range(150)]
    sent += [{**one, "id": f"again-{one['id']}"} for one in sent[:40]]  # repeats, where the name has a window
    sent += [{**one, "receiver": "profile:user-1", "creator": "user-1", "id": f"own-{one['id']}"} for one in sent[:20]]
    sent += [{**one, "id": f"bot-{one['id']}", "context": BOT} for one in sent[:20]]
    sent += [{**one, "properties": {"other": True}} for one in sent[:10]]  # conflicts
    sent += [{**one, "name": "1 is no name"} for one in sent[:5]]
    for source in ("web", "ios"):
        intake_ = intake.of_files(engine, 300)
        grant = Grant(source, "source", frozenset({"ingest"}), float("inf"))
        mine = [one for number, one in enumerate(sent) if ("web", "ios")[number % 2] == source]
        for at in range(0, len(mine), 50):
            intake_.take(grant, map(decode_one, mine[at : at + 50]), Agents())
        intake_.take(grant, map(decode_one, mine[:25]), Agents())  # duplicates
        ahead = ({**one, "id": f"ahead-{one['id']}"} for one in mine[:15])
        intake_.take(grant, map(decode_one, ahead), Agents(excluded="prefetch"))
    for statement in ARRIVED_BEFORE:
        sql(statement)
    refresh.catch_up(db.owner_url(settings))


def _sent(row: dict[str, Any], anchor: datetime) -> dict[str, Any]:
    """The event as a client sends it, within a few days of the anchor."""
    moment = anchor + (row["occurred_at"] - anchor) % (2 * FEW) - FEW
    kept = {name: row[name] for name in ("name", "creator")} | {
        "receiver": f"{row['receiver_type']}:{row['receiver_id']}"
    }
    numbers = {"exact": 12345678901234567890, "half": 0.5, "text": "ü€\u2028"}
    return kept | {
        "id": f"{moment:%s%f}-{row['creator']}-{row['name']}-{kept['receiver']}",
        "occurred_at": moment.isoformat(),
        "properties": (row["properties"] or {}) | numbers,
    }


@pytest.fixture
def killing(settings: Settings, engine: Engine) -> Iterator[Callable[..., str]]:
    """Runs `import` with these arguments up to a point (see killing.py); 0: to its end, and how many points there are."""
    servers: list[subprocess.Popen[str]] = []

    def run(point: int, *arguments: str, **more: str) -> str:
        if not servers:
            command = [sys.executable, str(Path(__file__).parent / "killing.py")]
            env = environment(settings, **more)
            servers.append(subprocess.Popen(command, env=env, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True))
        server = servers[0]
        print(json.dumps([point, *arguments]), file=server.stdin, flush=True)
        said = server.stdout.readline().strip()
        assert said == "killed" or said.isdigit(), said
        return said

    yield run
    for server in servers:
        server.stdin.close()
        server.stdout.close()
        server.wait(30)


@pytest.fixture
def write_out(sql: Callable[..., list[tuple]], tmp_path: Path) -> Callable[..., Path]:
    """Writes the stored events into a Parquet file, as `export` does; `rows` are others, `schema` is another."""

    def write(rows: list[tuple] | None = None, schema: pa.Schema = SCHEMA, name: str = "x.parquet") -> Path:
        stored = sql(SELECT) if rows is None else rows
        columns = zip(*stored, strict=True) if stored else [[] for _ in schema]
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        pq.write_table(pa.table(arrays, schema=schema), tmp_path / name, row_group_size=700, write_page_checksum=True)
        return tmp_path / name

    return write


@pytest.fixture
def held(sql: Callable[..., list[tuple]]) -> Callable[[], dict[str, Any]]:
    """Every raw row, every row of each aggregate, and the totals of the ledger."""

    def read() -> dict[str, Any]:
        counts = {name: sorted(sql(f"select * from tracking.{name}")) for name in AGGREGATES}
        return {"events": sql(SELECT), "ledger": sql(LEDGER)} | counts

    return read


@pytest.fixture
def emptied(settings: Settings) -> Callable[[], None]:
    """Takes everything from the database, but for the catalogue that every deployment starts with."""

    def empty() -> None:
        with db.connect(db.owner_url(settings)) as connection:
            kept = connection.execute(
                "select name, description, repeat_window, per_day from tracking.event_types"
            ).fetchall()
            connection.execute(EMPTY)
            for row in kept:
                connection.execute(
                    "insert into tracking.event_types (name, description, repeat_window, per_day) values (%s, %s, %s, %s)",
                    row,
                )

    return empty
