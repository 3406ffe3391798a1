"""The engine as a process: TimescaleDB works, nothing acknowledged is lost, and it starts and stops in order."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from fixtures.served import dsn, until
from tracking.embedded import Engine, EngineError, attached, folder, running, url
from tracking.embedded.folder import SOCKET, socket_folder

REPOSITORY = Path(__file__).parents[2]
PARENT = """
import signal, sys
from pathlib import Path
from tracking.embedded import Engine
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it would be ignored
with Engine(Path(sys.argv[1])) as engine:
    print(engine.pid, flush=True)
    signal.pause()
"""


def gone(pid: int) -> bool:
    """True when the process has ended (a zombie has)."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.fixture
def parent(data: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs an engine."""
    command = [sys.executable, "-c", PARENT, str(data)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def node(parent: subprocess.Popen[str]) -> int:
    """The process id of its Node."""
    return int(parent.stdout.readline())


# --- TimescaleDB


def test_hypertable_continuous_aggregate_and_columnstore_work(connect):
    admin = connect()
    admin.execute("""
        create table visits (at timestamptz not null, id uuid not null, who text, unique (at, id))""")
    admin.execute("select create_hypertable('visits', by_range('at', interval '1 day'))")
    admin.execute("""
        create materialized view daily with (timescaledb.continuous, timescaledb.materialized_only = false) as
        select time_bucket('1 day', at, 'Europe/Berlin') as day, count(*) n, count(distinct who) people
          from visits group by 1 with no data""")
    insert = """
        insert into visits
        select '2026-03-28 00:00+00'::timestamptz + i * interval '1 hour', gen_random_uuid(), 'p' || i % 5
          from generate_series(0, 71) i"""
    admin.execute(insert)
    admin.execute("call refresh_continuous_aggregate('daily', null, null)")
    admin.execute("insert into visits values ('2026-03-29 12:00+00', gen_random_uuid(), 'late')")
    days = admin.execute("select day::date::text, n, people from daily order by 1").fetchall()
    assert sum(n for _, n, _ in days) == 72
    admin.execute("call refresh_continuous_aggregate('daily', null, null)")
    recount = "select (at at time zone 'Europe/Berlin')::date::text, count(*), count(distinct who) from visits group by 1 order by 1"
    admin.execute("set time zone 'Europe/Berlin'")
    assert (
        admin.execute("select day::date::text, n, people from daily order by 1").fetchall()
        == admin.execute(recount).fetchall()
    )

    admin.execute("alter table visits set (timescaledb.enable_columnstore, timescaledb.orderby = 'at desc')")
    for (chunk,) in admin.execute("select show_chunks('visits')::text").fetchall():
        admin.execute("call convert_to_columnstore(%s)", [chunk])
    assert admin.execute("select count(*) from visits").fetchone() == (73,)
    admin.execute("drop table visits cascade")


# --- starting and stopping


def test_a_folder_is_served_until_the_engine_stops(data):
    assert not running(data)
    with Engine(data) as engine:
        assert running(data)
        pid = engine.pid
        assert (data / "run").stat().st_mode & 0o777 == 0o700
    assert gone(pid)
    assert engine.pid is None
    assert not running(data)
    assert not (data / "run" / SOCKET).exists()


def test_what_was_written_is_there_after_a_restart(data):
    with Engine(data), psycopg.connect(dsn(data)) as admin:
        admin.execute("create table kept as select 1 as n")
    with Engine(data), psycopg.connect(dsn(data)) as admin:
        assert admin.execute("select n from kept").fetchone() == (1,)


def test_a_hypertable_is_one_again_after_a_restart(data):
    """The library is not preloaded by the engine itself: without it the rows would land outside the chunks."""
    with Engine(data), psycopg.connect(dsn(data), autocommit=True) as admin:
        admin.execute("create table visits (at timestamptz not null)")
        admin.execute("select create_hypertable('visits', 'at')")
    with Engine(data), psycopg.connect(dsn(data), autocommit=True) as admin:
        admin.execute("insert into visits values (now())")
        assert admin.execute("select count(*) from show_chunks('visits')").fetchone() == (1,)
        assert admin.execute("select count(*) from only visits").fetchone() == (0,)


def test_a_second_engine_on_the_same_folder_is_refused(engine):
    with pytest.raises(EngineError, match=f"in use by another process .{os.getpid()}."):
        Engine(engine.data).start()
    assert running(engine.data)


def test_attached_uses_the_running_engine_or_starts_one(data):
    with attached(data) as first:
        assert first == url(data)
        with attached(data) as second, psycopg.connect(second.replace("+psycopg", "")) as admin:
            assert admin.execute("select 1").fetchone() == (1,)
        assert running(data)
    assert not running(data)


def test_ctrl_c_stops_the_engine_in_order(data, parent, node):
    assert os.getpgid(node) != parent.pid  # so that it does not get the signal
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
    parent.wait(15)
    assert gone(node)
    assert "error" not in (data / "engine.log").read_text()
    assert not (data / "run" / SOCKET).exists()


def test_the_engine_ends_with_a_parent_that_was_killed_and_can_be_started_at_once(data, parent, node):
    parent.kill()
    parent.wait()
    with Engine(data) as engine:
        assert gone(node)
        assert engine.restarts == 0


def test_a_node_that_outlives_its_parent_keeps_the_folder(data, parent, node, monkeypatch):
    monkeypatch.setattr(folder, "DYING_SECONDS", 0.2)
    os.kill(node, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    try:
        with pytest.raises(EngineError, match="in use by another process"):
            Engine(data).start()
    finally:
        os.kill(node, signal.SIGCONT)
    until(lambda: gone(node))
    with Engine(data):
        assert running(data)


def test_a_forked_child_does_not_keep_the_engine_alive(data):
    with Engine(data) as engine:
        node = engine.pid
        waiting, done = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(done)
            os.read(waiting, 1)
            os._exit(0)
        os.close(waiting)
        engine.process.stdin.close()  # what the death of this process would do
        until(lambda: gone(node))
        os.close(done)
        os.waitpid(child, 0)


# --- crashes


# --- one line for every mistake


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        EngineError, match=r"^Cannot write to the data folder .*/file/x: Not a directory\. Choose another one\.$"
    ):
        Engine(tmp_path / "file" / "x").start()


def test_data_of_another_engine_version_is_not_touched(data):
    (data / "pgdata" / "footfall-engine").write_text("0.0.1")
    with pytest.raises(
        EngineError, match=r"^The embedded engine did not start: the data was written by engine 0\.0\.1, "
    ):
        Engine(data).start()
    assert not running(data)


def test_a_bad_idle_time_is_named(data, monkeypatch):
    monkeypatch.setenv("FOOTFALL_EMBEDDED_IDLE_SECONDS", "soon")
    with pytest.raises(EngineError, match="FOOTFALL_EMBEDDED_IDLE_SECONDS must be a whole number"):
        Engine(data).start()
    assert not running(data)


def test_a_deep_folder_is_reached_through_a_short_link(data, tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-name"] * 8)
    deep.parent.mkdir(parents=True)
    shutil.move(data / "pgdata", deep / "pgdata")
    with Engine(deep), psycopg.connect(dsn(deep)) as admin:
        assert admin.execute("select 1").fetchone() == (1,)
        assert len(str(socket_folder(deep) / SOCKET)) < 108
    link = socket_folder(deep)
    link.unlink()
    link.symlink_to(tmp_path)  # somebody else's database
    with pytest.raises(EngineError, match="is in the way of the engine's socket"):
        url(deep)
    link.unlink()


def test_tcp_is_there_on_request_only(data, free_port):
    there = {"host": "127.0.0.1", "port": free_port, "user": "alice", "dbname": "postgres"}
    with Engine(data, tcp_port=free_port), psycopg.connect(**there) as alice:
        assert alice.execute("select current_user").fetchone() == ("alice",)


def test_it_fits_into_a_gigabyte(engine):
    status = Path(f"/proc/{engine.pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0])
    assert resident < 1 << 20
