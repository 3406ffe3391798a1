"""Statements that would kill the embedded engine are refused, and nothing else is."""

import psycopg
import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus

DEADLY = [
    "copy views from stdin",
    "COPY public.views (n) FROM STDIN WITH (FORMAT csv)",
    "/* a /* nested */ comment */ -- and a line\n copy views\nfrom /**/ stdin",
    'copy "odd \' name" from stdin',
    "set client_encoding = 'latin1'",
    "set session names 'latin1'",
]


DEADLY_IN_A_ROW = [
    "select ';'; copy views from stdin",
    "select $a$ ' $a$, E'it\\'s'; copy views from stdin",
    "select 1; set names 'latin1'",
]


@pytest.mark.parametrize(
    ("sql", "simple"),
    [(sql, True) for sql in DEADLY + DEADLY_IN_A_ROW] + [(sql, False) for sql in DEADLY],
)
def test_what_the_engine_cannot_do_is_refused_and_the_connection_goes_on(connect, table, sql, simple):
    alice = connect("alice")
    run = alice.pgconn.exec_ if simple else lambda command: alice.pgconn.exec_params(command, None)
    result = run(sql.encode())
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"0A000"
    assert result.error_field(psycopg.pq.DiagnosticField.MESSAGE_HINT)
    assert alice.pgconn.transaction_status == TransactionStatus.IDLE
    assert alice.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "sql",
    [
        "select 'copy x from stdin'",
        "select 1 -- ; copy x from stdin",
        "select $$; copy views from stdin$$",
        "select 'a''; copy views from stdin'",
        "select E'\\'; copy views from stdin'",
        'select 1 as "copy x from stdin"',
        "copy (select n as stdin from views) to stdout",
        "set client_encoding to 'UTF-8'",
        "set names default",
    ],
)
def test_what_only_looks_dangerous_passes(connect, table, sql):
    assert not connect("alice").pgconn.exec_(sql.encode()).error_message


def test_a_refused_copy_fails_the_open_transaction(connect, table):
    alice = connect("alice", autocommit=False)
    alice.execute("insert into views values (1)")
    with pytest.raises(errors.FeatureNotSupported), alice.cursor().copy("copy views from stdin") as copy:
        copy.write_row([2])
    assert alice.info.transaction_status == TransactionStatus.INERROR
    with pytest.raises(errors.InFailedSqlTransaction):
        alice.execute("select 1")
    alice.rollback()
    assert alice.execute("select count(*) from views").fetchone() == (0,)
    alice.rollback()


def test_a_refusal_in_a_pipeline_skips_to_its_sync(connect, table):
    alice = connect("alice")
    with pytest.raises(errors.FeatureNotSupported), alice.pipeline():  # noqa: PT012
        alice.execute("insert into views values (%s)", [1])
        alice.execute("copy views from stdin where n = %s", [1])
        alice.execute("insert into views values (%s)", [2])
    assert alice.execute("select count(*) from views").fetchone() == (0,)


def test_deep_nesting_does_not_overflow_the_stack(connect):
    admin = connect()
    admin.execute("""
        create function down(n int) returns int language plpgsql as
        $$ begin if n = 0 then return 0; end if; return down(n - 1) + 1; end $$""")
    assert admin.execute("select down(300)").fetchone() == (300,)
    assert admin.execute("select %s::jsonb is not null", ["[" * 5000 + "]" * 5000]).fetchone() == (True,)
    admin.execute("drop function down")
