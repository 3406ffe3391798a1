"""The wire protocol: start-up, turns, roles, settings, refusals."""

import socket
import struct
import threading
from typing import Any

import pytest
from psycopg import errors

from tracking.embedded import Engine
from tracking.embedded.folder import SOCKET, socket_folder

SSL, GSSENC, CANCEL = 80877103, 80877104, 80877102


@pytest.fixture
def raw(engine: Engine) -> Any:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(socket_folder(engine.data) / SOCKET))
        yield client


def packet(code: int, body: bytes = b"") -> bytes:
    return struct.pack("!II", 8 + len(body), code) + body


def startup(version: int = 3 << 16, **pairs: str) -> bytes:
    pairs = {"user": "alice", "database": "postgres"} | pairs
    return packet(version, b"".join(f"{k}\0{v}\0".encode() for k, v in pairs.items()) + b"\0")


def query(sql: str) -> bytes:
    return b"Q" + struct.pack("!I", len(sql.encode()) + 5) + sql.encode() + b"\0"


def read(client: socket.socket, answers: int = 1) -> bytes:
    """All that comes up to so many ReadyForQuery, or the end."""
    got = b""
    while got.count(b"Z\0\0\0\5") < answers:
        chunk = client.recv(65536)
        if not chunk:
            break
        got += chunk
    return got


# --- start-up


@pytest.mark.parametrize("code", [SSL, GSSENC])
def test_encryption_is_declined_and_the_start_up_goes_on(raw, code):
    raw.sendall(packet(code))
    assert raw.recv(1) == b"N"
    raw.sendall(startup())
    assert read(raw).startswith(b"R\0\0\0\x08\0\0\0\0S")


def test_a_start_up_that_arrives_byte_by_byte_is_understood(raw):
    for byte in startup() + query("select 41 + 1"):
        raw.sendall(bytes([byte]))
    assert b"42" in read(raw, answers=2)


def test_messages_that_arrive_with_the_start_up_are_answered(raw):
    raw.sendall(startup() + query("select 1") + query("select 42"))
    assert b"42" in read(raw, answers=3)


def test_a_cancel_request_is_closed_quietly(raw):
    raw.sendall(packet(CANCEL, struct.pack("!II", 1, 1)))
    assert raw.recv(100) == b""


@pytest.mark.parametrize(
    ("bytes_", "says"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"C08P01\0Minvalid length of startup packet"),
        (struct.pack("!II", 10_001, 3 << 16), b"C08P01\0Minvalid length of startup packet"),
        (struct.pack("!I", 4), b"C08P01\0Minvalid length of startup packet"),
        (packet(2 << 16), b"C0A000\0Munsupported frontend protocol 2.0"),
        (packet(3 << 16, b"\0"), b"C28000\0Mno PostgreSQL user name"),
        (startup(user="mallory"), b'C28000\0Mrole "mallory" does not exist'),
        (startup(user="pg_monitor"), b'C28000\0Mrole "pg_monitor" is not permitted to log in'),
        (startup(user="x'; drop table views; --\\"), b'C28000\0Mrole "x\'; drop table views; --\\" does not exist'),
        (startup(database="jobs"), b'C3D000\0Mdatabase "jobs" does not exist'),
        (startup(client_encoding="latin1"), b"C0A000\0M"),
        (startup(no_such_setting="1"), b'C42704\0Munrecognized configuration parameter "no_such_setting"'),
        (startup(options="--nonsense"), b"C22023\0M"),
        (startup(log_min_duration_statement="1"), b"C42501\0Mpermission denied to set parameter"),
    ],
)
def test_a_start_up_that_makes_no_sense_gets_a_fatal_error(raw, bytes_, says):
    raw.sendall(bytes_)
    reply = read(raw)
    assert b"SFATAL\0VFATAL\0" in reply
    assert says in reply
    assert raw.recv(1) == b""


def test_a_newer_minor_protocol_is_negotiated_down(raw):
    raw.sendall(startup(version=(3 << 16) + 2, **{"_pq_.wish": "1"}))
    reply = read(raw)
    assert reply.startswith(b"v" + struct.pack("!III", 22, 3 << 16, 1) + b"_pq_.wish\0")
    assert reply.endswith(b"Z\0\0\0\5I")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (b"d" + struct.pack("!I", (64 << 20) + 1), b"C54000\0M"),
        (b"Q" + struct.pack("!I", 3), b"C08P01\0Minvalid message length"),
        (b"p" + struct.pack("!I", 8) + b"pass", b"C08P01\0Minvalid frontend message type 112"),
        (b"\0" + struct.pack("!I", 4), b"C08P01\0Minvalid frontend message type 0"),
    ],
)
def test_a_message_that_is_too_big_or_unknown_ends_the_connection(raw, connect, message, says):
    raw.sendall(startup())
    read(raw)
    raw.sendall(message)
    assert says in read(raw)
    assert raw.recv(1) == b""
    assert connect().execute("select 1").fetchone() == (1,)


def test_a_message_of_many_megabytes_passes(connect):
    assert connect().execute("select length(%s)", ["x" * 30_000_000]).fetchone() == (30_000_000,)
    assert len(connect().execute("select repeat('x', 30000000)").fetchone()[0]) == 30_000_000


# --- turns


def test_transactions_of_many_threads_lose_nothing(connect, table):
    connect().execute("insert into views values (0, 'counter')")

    def transact(connection):
        for _ in range(25):
            with connection.transaction():
                (n,) = connection.execute("select n from views where who = 'counter'").fetchone()
                connection.execute("insert into views values (%s, 'row')", [n])
                connection.execute("update views set n = %s where who = 'counter'", [n + 1])

    threads = [threading.Thread(target=transact, args=[connect()]) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connect().execute("select count(*), count(distinct n) from views where who = 'row'").fetchone() == (500, 500)


def test_roles_of_two_connections_do_not_mix(connect, table):
    alice, bob = connect("alice"), connect("bob")
    for _ in range(5):
        assert alice.execute("insert into views values (1) returning who").fetchone() == ("alice",)
        assert bob.execute("select current_user, session_user").fetchone() == ("bob", "bob")
    with pytest.raises(errors.InsufficientPrivilege):
        alice.execute("drop table views")
    for escape in ["reset role", "reset session authorization", "set session authorization default", "discard all"]:
        assert alice.execute(escape).execute("select current_user").fetchone() == ("alice",)


def test_a_pipeline_runs_with_several_syncs_in_flight(connect, table):
    alice = connect("alice")
    with alice.pipeline() as pipeline:
        cursors = []
        for n in range(50):
            cursors.append(alice.execute("insert into views values (%s) returning n", [n]))
            if n % 10 == 0:
                pipeline.sync()
        assert [cursor.fetchone()[0] for cursor in cursors] == list(range(50))


def test_an_error_in_a_pipeline_undoes_its_batch_alone(connect, table):
    alice = connect("alice")
    with pytest.raises(errors.DivisionByZero), alice.pipeline() as pipeline:  # noqa: PT012
        alice.execute("insert into views values (1)")
        pipeline.sync()
        alice.execute("insert into views values (2)")
        alice.execute("select 1 / 0")
        alice.execute("insert into views values (3)")
    assert connect().execute("select n from views").fetchall() == [(1,)]


def test_a_client_that_goes_away_in_a_transaction_is_rolled_back(connect, table, raw):
    raw.sendall(startup())
    read(raw)
    raw.sendall(query("begin") + query("insert into views values (1)"))
    read(raw, answers=2)
    raw.close()
    assert connect().execute("select count(*) from views").fetchone() == (0,)


def test_a_batch_that_is_cut_off_before_its_sync_is_not_committed(connect, table, raw):
    raw.sendall(startup())
    read(raw)
    parse = b"\0insert into views values (1)\0\0\0"
    raw.sendall(b"P" + struct.pack("!I", len(parse) + 4) + parse)
    raw.sendall(b"B\0\0\0\x0c" + bytes(8) + b"E\0\0\0\x09" + bytes(5) + b"H\0\0\0\x04")
    got = b""
    while b"INSERT 0 1" not in got:
        got += raw.recv(1000)
    raw.close()
    assert connect().execute("select count(*) from views").fetchone() == (0,)


# --- nothing leaks


def test_settings_stay_with_the_connection_that_made_them(connect):
    alice, other, bob = connect("alice"), connect("alice"), connect("bob")
    alice.execute("set time zone 'Europe/Berlin'")
    alice.execute("select set_config('search_path', 'pg_catalog', false)")
    bob.execute("set statement_timeout = '5s'")
    show = "select current_setting('timezone'), current_setting('search_path'), current_setting('statement_timeout')"
    for _ in range(2):
        assert alice.execute(show).fetchone() == ("Europe/Berlin", "pg_catalog", "0")
        assert other.execute(show).fetchone() == ("UTC", '"$user", public', "0")
        assert bob.execute(show).fetchone() == ("UTC", '"$user", public', "5s")
    alice.execute("reset all")
    assert alice.execute(show).fetchone() == ("UTC", '"$user", public', "0")


def test_set_local_ends_with_its_transaction(connect):
    admin, alice = connect(), connect("alice")
    with admin.transaction():
        admin.execute("set local role bob")
        admin.execute("set local time zone 'Asia/Tokyo'")
        assert admin.execute("select current_user, current_setting('timezone')").fetchone() == ("bob", "Asia/Tokyo")
    assert alice.execute("select current_user").fetchone() == ("alice",)
    assert admin.execute("select current_user, current_setting('timezone')").fetchone() == ("postgres", "UTC")


def test_start_up_options_and_the_settings_of_a_role_hold_in_every_turn(connect):
    admin = connect()
    admin.execute("alter role bob set statement_timeout = '7s'")
    options = r"-c search_path=a,\ b --lock-timeout=3s -cfootfall.note=x\\y"
    bob = connect("bob", options=options, application_name="o'clock")
    names = ["statement_timeout", "search_path", "lock_timeout", "footfall.note", "application_name"]
    show = "select " + ", ".join(f"current_setting('{name}')" for name in names)
    for _ in range(2):
        assert bob.execute(show).fetchone() == ("7s", "a, b", "3s", "x\\y", "o'clock")
        assert connect("alice").execute("select current_setting('statement_timeout')").fetchone() == ("0",)
    admin.execute("alter role bob reset all")


def test_temporary_tables_cursors_and_advisory_locks_do_not_outlive_a_turn(connect):
    alice, bob = connect("alice"), connect("bob")
    alice.execute("create temp table mine (n int)")
    alice.execute("select pg_advisory_lock(1)")
    alice.execute("declare c cursor with hold for select 1")
    left = "select (select count(*) from pg_locks where locktype = 'advisory'), (select count(*) from pg_cursors)"
    assert bob.execute(left).fetchone() == (0, 0)
    assert bob.execute("select to_regclass('pg_temp.mine')").fetchone() == (None,)


def test_prepared_statements_belong_to_their_connection(connect):
    alice, bob = connect("alice", prepare_threshold=0), connect("bob", prepare_threshold=0)
    for n in range(3):
        assert alice.execute("select %s + 1", [n]).fetchone() == (n + 1,)
        assert bob.execute("select %s - 1", [n]).fetchone() == (n - 1,)
    assert connect().execute("select count(*) from pg_prepared_statements").fetchone() == (0,)


# --- what would kill the engine
