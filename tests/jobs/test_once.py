"""`python -m jobs --once NAME`: one run, beside whoever leads; and what a process leaves that is killed in one."""

import signal
from typing import Any

import pytest

from jobs import claims
from jobs.schedule import JOBS

WORKS = """
import sys, threading
from datetime import timedelta
from jobs import runs
from tracking.schedule import Every, Job
from tracking.environment import load

def work(_):
    print("at work", file=sys.stderr, flush=True)
    threading.Event().wait()

job = Job("forget proof ids", Every(timedelta(minutes=10)), work)
runs.run(load(), job, runs.register(load(), [job]))
"""


def test_it_runs_one_job_and_says_how_it_ended(shell: Any, on_record: Any, sql: Any) -> None:
    done = shell("--once", "forget proof ids", module="jobs")
    assert done.stdout.startswith("forget proof ids: ok after 0.")
    assert done.stdout.endswith(" s, 0 rows\n")
    assert sql("select job, outcome, rows from tracking.job_runs") == [("forget proof ids", "ok", 0)]


def test_a_daily_job_runs_whenever_a_person_wants_it(shell: Any, on_record: Any, sql: Any) -> None:
    for _ in range(2):
        assert "ok after" in shell("--once", "compress counts", module="jobs").stdout
    assert sql("select count(*), count(due_at) from tracking.job_runs where outcome = 'ok'") == [(2, 1)]


def test_a_failure_is_said_and_is_the_exit_status(shell: Any, on_record: Any, sql: Any) -> None:
    sql("alter table tracking.proof_ids rename to gone")
    try:
        done = shell("--once", "forget proof ids", module="jobs", exits=1)
    finally:
        sql("alter table tracking.gone rename to proof_ids")
    assert done.stdout.startswith("forget proof ids: failed after 0.")
    assert 'UndefinedTable: relation "tracking.proof_ids" does not exist' in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["nothing", "", "\udcff", "x" * 5000])
def test_an_unknown_name_is_answered_with_those_that_there_are(shell: Any, name: str) -> None:
    done = shell("--once", name, module="jobs", exits=2)
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 2000
    said = " ".join(done.stderr.split())
    assert all(job.name in said for job in JOBS)


def test_an_unreachable_database_is_said_in_a_line(shell: Any) -> None:
    away = "postgresql+psycopg://footfall:s3cret@/footfall?host=/nowhere"
    done = shell("--once", "forget proof ids", module="jobs", exits=2, DATABASE_URL=away)
    (line,) = done.stderr.splitlines()
    assert "the database cannot be reached" in line
    assert "s3cret" not in line


def test_a_job_that_runs_elsewhere_is_refused_until_its_process_is_lost(
    child: Any, shell: Any, on_record: Any, sql: Any
) -> None:
    process = child("-c", WORKS)
    process.says("at work")
    done = shell("--once", "forget proof ids", module="jobs", exits=1)
    assert "forget proof ids runs elsewhere at the moment" in done.stderr
    process.end(signal.SIGKILL)
    assert "runs elsewhere" in shell("--once", "forget proof ids", module="jobs", exits=1).stderr
    ((left,),) = sql("select extract(epoch from alive_until - now())::float from tracking.job_runs")
    assert left < claims.ALIVE, "so long at most is it held for alive"
    sql("update tracking.job_runs set alive_until = now()")
    assert "ok after" in shell("--once", "forget proof ids", module="jobs").stdout
    assert sql("select outcome, ended_at = alive_until from tracking.job_runs order by run") == [
        ("broken off", True),
        ("ok", False),
    ]
