"""The embedded engine dies, in any way: no acknowledged row is lost, and it comes back."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from fixtures.served import dsn, until
from tracking.embedded import Engine, running
from tracking.embedded.engine import RESTARTS_IN_A_ROW

REPOSITORY = Path(__file__).parents[2]


UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import os, signal, sys
from pathlib import Path
import gevent
from tracking.embedded import Engine
with Engine(Path(sys.argv[1])) as engine:
    os.kill(engine.pid, signal.SIGKILL)
    with gevent.Timeout(20):
        while engine.restarts < 1:
            gevent.sleep(0.02)
"""


def test_kill_9_loses_no_acknowledged_row_and_the_engine_comes_back(data):
    acknowledged: list[int] = []

    def write(first: int) -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(dsn(data), autocommit=True) as alice:
            for n in range(first, first + 1_000_000):
                alice.execute("insert into rows values (%s)", [n])
                acknowledged.append(n)

    with Engine(data) as engine:
        with psycopg.connect(dsn(data), autocommit=True) as admin:
            admin.execute("create table rows (n int)")
        for crash in (1, 2):
            writers = [threading.Thread(target=write, args=[(crash * 4 + i) * 1_000_000]) for i in range(4)]
            for writer in writers:
                writer.start()
            until(lambda: len(acknowledged) > crash * 1000)  # noqa: B023
            os.kill(engine.pid, signal.SIGKILL)
            for writer in writers:
                writer.join()
            until(lambda: engine.restarts == crash and running(data))  # noqa: B023
        with psycopg.connect(dsn(data)) as admin:
            stored = [n for (n,) in admin.execute("select n from rows")]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)
    assert len(stored) - len(acknowledged) <= 8  # at most the one that each writer had not heard of yet


def test_a_crash_of_the_engine_itself_ends_the_process_and_it_is_restarted(data):
    with Engine(data) as engine:
        with psycopg.connect(dsn(data), autocommit=True) as admin, pytest.raises(psycopg.OperationalError):
            admin.execute("select convert_to('é', 'latin1')")  # a library that this build lacks
        until(lambda: engine.restarts == 1)
        log = [json.loads(line) for line in (data / "engine.log").read_text().splitlines()]
        assert [list(line) for line in log] == [["error"]]
        assert "latin1" not in str(log)
        with psycopg.connect(dsn(data)) as admin:
            assert admin.execute("select 1").fetchone() == (1,)


def test_an_engine_under_gevent_comes_back_too(data):
    subprocess.run([sys.executable, "-c", UNDER_GEVENT, str(data)], cwd=REPOSITORY, check=True, timeout=60)
    assert not running(data)


@pytest.mark.parametrize(
    ("does", "restarts"), [("raise SystemExit(3)", 0), ("print('ready')", RESTARTS_IN_A_ROW)], ids=["before", "once"]
)
def test_an_engine_that_dies_again_and_again_is_given_up(data, monkeypatch, caplog, does, restarts):
    """Before it is ready, or once it is."""
    with Engine(data) as engine:
        monkeypatch.setattr(engine, "_command", lambda: [sys.executable, "-c", does])
        os.kill(engine.pid, signal.SIGKILL)
        until(lambda: "giving up" in caplog.text, 40)
        assert engine.restarts == restarts
        assert not running(data)


def test_a_silent_holder_of_a_transaction_is_sent_away(data, monkeypatch):
    monkeypatch.setenv("FOOTFALL_EMBEDDED_IDLE_SECONDS", "1")
    with Engine(data), psycopg.connect(dsn(data)) as sleeper, psycopg.connect(dsn(data)) as other:
        sleeper.execute("create table never ()")
        assert other.execute("select to_regclass('never')").fetchone() == (None,)
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            sleeper.execute("select 1")
        other.rollback()


def test_the_write_ahead_log_is_freed_without_background_workers(data):
    waiting = "select pg_current_wal_insert_lsn() - redo_lsn from pg_control_checkpoint()"
    with Engine(data), psycopg.connect(dsn(data), autocommit=True) as admin:
        with admin.transaction():  # which keeps the turn: after it, the log may be freed at once
            admin.execute("create table big as select repeat(md5(i::text), 30) from generate_series(1, 60000) i")
            assert admin.execute(waiting).fetchone()[0] > 50_000_000
        until(lambda: admin.execute(waiting).fetchone()[0] < 1_000_000)
