"""docs/upgrade.md: clients write all the time while the version before makes way for this one."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.clients import Clients
from fixtures.clusters import Page
from fixtures.database import KEY, a_database, roles_to_ourselves
from fixtures.deployment import Place, check
from fixtures.processes import ROOT, await_ready, environment, free_port, serving
from fixtures.served import until
from tracking import db, migrations

pytestmark = pytest.mark.native  # the embedded engine ends with the API

PAGE = Page("upgrade.md")
LATEST = ("0010_prefetch", "0011_catalogue", "0012_live")
"""The version before is the one before these. There is no release yet; from the first one on, it is the release before."""
WAITS = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%drop constraint%'"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The version before, as the history has it."""
    paths = [f"sql/migrations/{name}.sql" for name in LATEST]
    history = git("log", "--reverse", "--diff-filter=A", "--format=%H", "--", *paths).decode().split()
    if not history or not git("rev-parse", "--verify", "--quiet", f"{history[0]}^", check=False):
        pytest.skip("the version before is not in this clone: fetch its history (git fetch --unshallow)")
    with tarfile.open(fileobj=io.BytesIO(git("archive", f"{history[0]}^"))) as archive:
        archive.extractall(tmp_path / "before", filter="data")
    return tmp_path / "before"


def git(*arguments: str, check: bool = True) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=check, capture_output=True).stdout


@pytest.fixture
def place(before: Path, tmp_path: Path) -> Iterator[Place]:
    """The version before, at work."""
    with a_database() as made, roles_to_ourselves():
        settings = replace(made, secret_keys=(KEY,))
        old = environment(settings, PYTHONPATH=str(before))
        run = [sys.executable, "-m", "tracking", "migrate"]
        subprocess.run(run, cwd=before, env=old, check=True, capture_output=True)
        with db.connect(db.owner_url(settings)) as connection:
            connection.execute("insert into tracking.sources (name, rights) values ('web', '{ingest,mint}')")
            connection.execute("update tracking.event_types set per_day = 0 where name = '*'")  # clients write for long
        with serving(settings, tmp_path / "log", before, PYTHONPATH=str(before)) as server:
            yield Place(settings, None, server)


@pytest.fixture
def new_port(tmp_path: Path) -> Iterator[str]:
    """A port for the new version's API, which is ended at the end."""
    yield str(free_port())
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((tmp_path / "api.pid").read_text()), signal.SIGTERM)


@contextmanager
def a_long_question(place: Place) -> Iterator[None]:
    """Somebody reads events, and has not ended."""
    with db.connect(db.owner_url(place.settings)) as reader:
        reader.execute("begin; select from tracking.events")
        yield
        reader.execute("rollback")


def test_an_upgrade_loses_nothing_that_was_acknowledged(place: Place, new_port: str, tmp_path: Path) -> None:
    assert set(LATEST) < set(migrations.missing(place.settings))
    clients = Clients(place.server.url, requests=None)
    env = environment(place.settings, OLD_API=str(place.server.pid), WORKERS="2", RATE_PER_TOKEN="0")

    def some_more() -> None:
        seen = clients.said["acknowledged"]
        assert clients.wait(lambda: clients.said["acknowledged"] > seen + 100), clients.said

    def upgrade() -> None:
        some_more()
        with ThreadPoolExecutor(1) as executor:
            with a_long_question(place):
                migrated = executor.submit(PAGE.by_footfall, "Footfall", 0, env, tmp_path)
                until(lambda: place.sql(WAITS) or migrated.done(), 60)
                assert not migrated.done(), migrated.result()
                some_more()
                assert not migrated.done()
            assert "applied 0012_live" in migrated.result()
        await_ready(place.server.url, None, place.server.log)
        some_more()
        PAGE.by_footfall("Footfall", 1, env, tmp_path, {"8001": new_port})
        clients.url = f"http://127.0.0.1:{new_port}"
        PAGE.by_footfall("Footfall", 2, env, tmp_path)
        until(lambda: os.waitid(os.P_PID, place.server.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG), 30)
        some_more()

    clients.run((0, upgrade))
    assert clients.said["nothing"] == 0, "a request was broken off"
    assert migrations.missing(place.settings) == []
    check(place, clients.acknowledged)
