"""Servers that tests make, break and put back, with a deployment that has some of everything."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url

from fixtures.cast import ago, bearer, event
from fixtures.clients import post_patiently
from fixtures.clusters import Cluster, place_for_servers
from fixtures.database import KEY, SERVER
from fixtures.logins import LIMITS
from fixtures.processes import environment, serving
from tracking import db, migrations
from tracking.aggregates import columnstore, policies, refresh
from tracking.bi import logins
from tracking.notifications import rules
from tracking.notifications.rules import Rule
from tracking.provenance import credentials, tokens
from tracking.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures.processes import Server

ALICE = bearer(tokens.mint(credentials.derive(KEY, "web", 1), "client", seconds=20_000, creator="user-alice"))
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Place:
    """A deployment on a server of its own."""

    cluster: Cluster
    settings: Settings
    server: Server | None = None

    def sql(self, statement: str, *parameters: object) -> list[tuple]:
        with db.connect(db.owner_url(self.settings)) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def command(self, *arguments: str) -> str:
        """The output of `python -m tracking …`."""
        done = subprocess.run(
            [sys.executable, "-m", "tracking", *arguments], env=environment(self.settings), capture_output=True, text=True,
            timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def send(self, batch: list[dict[str, Any]]) -> list[str]:
        """Alice's events, sent until they are answered; their verdicts."""
        return post_patiently(self.server.url, batch, ALICE)

    def catch_up(self) -> None:
        """As the scheduler does."""
        refresh.catch_up(db.owner_url(self.settings))
        policies.run_all(db.owner_url(self.settings))
        columnstore.compress(db.owner_url(self.settings))


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of PostgreSQL's programs, as the server says it."""
    with db.connect(make_url(SERVER).set(drivername="postgresql+psycopg")) as connection:
        ((told,),) = connection.execute("select setting from pg_config where name = 'BINDIR'").fetchall()
    if not (Path(told) / "initdb").exists():
        pytest.skip(
            f"the programs of the server under DATABASE_URL ({told}) are not on this machine: it has a container"
        )
    return Path(told)


@pytest.fixture
def folders() -> Iterator[Callable[[str], Path]]:
    with place_for_servers() as folder:
        yield folder


@pytest.fixture
def clusters(programs: Path, folders: Callable[[str], Path]) -> Iterator[Callable[..., Cluster]]:
    """Servers by the names of their folders; all are stopped at the end."""
    with ExitStack() as stack:

        def cluster(name: str) -> Cluster:
            made = Cluster(programs, folders(name))
            stack.callback(made.stop)
            return made

        yield cluster


@pytest.fixture
def place(clusters: Callable[..., Cluster], tmp_path: Path) -> Iterator[Place]:
    """A deployment with some of everything: old compressed days, new ones, logins, a source that is revoked."""
    cluster = clusters("server")
    cluster.make()
    cluster.start()
    with db.connect(make_url(cluster.url("postgres"))) as connection:
        connection.execute("create database footfall")
    settings = Settings(
        secret_keys=(KEY,), reporting_timezone="Europe/Berlin", database_url=cluster.url("footfall"), data=tmp_path,
        columnstore_days=8,
    )  # fmt: skip
    migrations.migrate(settings)
    made = Place(cluster, settings)
    made.sql("insert into tracking.sources (name, rights, revoked_at) values"
             " ('web', '{ingest,mint,stats}', null), ('leaked', '{ingest}', null), ('old', '{ingest}', now())")  # fmt: skip
    made.sql("alter role footfall_api password 'of the API'")
    logins.grant(settings, "ann", LIMITS)
    told = Rule(rule="views", kind="daily", receiver_type="profile", names=("view",), measure="creators",
                channel="webhook", url="https://example.com/hook", first_day=date(2026, 1, 1))  # fmt: skip
    engine = db.engine(db.owner_url(settings))
    with engine.begin() as connection:
        rules.add(connection, told)
    engine.dispose()
    old = tmp_path / "old.ndjson"
    days = (11, 12, 20)
    old.write_text("".join(json.dumps(event(creator="user-bob", occurred_at=ago(days=day))) + "\n" for day in days))
    made.command("import", str(old), "--format", "ndjson", "--source", "web")
    with serving(settings, tmp_path / "log") as server:
        made.server = server
        some = [event(receiver=f"job:{number}", occurred_at=ago(hours=number)) for number in range(40)]
        assert made.send(some + some[:1] + [event(name="?")]) == ["accepted"] * 40 + ["duplicate", "rejected"]
        made.catch_up()
        assert made.sql("select count(*) from timescaledb_information.chunks where is_compressed") > [(2,)]
        yield made


def on(place: Place, cluster: Cluster) -> Place:
    """The same deployment on another server."""
    return Place(cluster, replace(place.settings, database_url=cluster.url("footfall")))
