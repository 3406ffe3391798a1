"""Each run is on record, and claimed: no two processes run a job at once, nor a daily one twice for its time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs import claims, runs, schedule
from jobs.claims import Ended
from jobs.schedule import FORGET_RUNS
from tracking import db

FAILED = Ended("failed", error="ValueError: no such thing")


def fails() -> None:
    raise ValueError("no such thing\nand more")


def outcomes(sql: Any) -> list[str]:
    return [outcome for (outcome,) in sql("select outcome from tracking.job_runs order by run")]


def test_each_run_is_on_record_with_its_rows(on_record: Any, sql: Any) -> None:
    answers = iter([7, ["a", "b"], None, 0])
    turn = on_record("one", lambda: next(answers))
    assert [turn().rows for _ in range(4)] == [7, 2, None, 0]
    found = sql("select outcome, rows, error, ended_at >= started_at, instance from tracking.job_runs order by run")
    assert found == [("ok", rows, None, True, claims.INSTANCE) for rows in (7, 2, None, 0)]


def test_a_failure_is_on_record_with_its_reason(on_record: Any, sql: Any) -> None:
    assert on_record("one", fails)() == FAILED
    assert sql("select outcome, error from tracking.job_runs") == [("failed", FAILED.error)]


def test_no_secret_gets_on_record(on_record: Any) -> None:
    def fails_with_a_secret() -> None:
        raise ValueError("postgresql://owner:word9@db/x\0")

    assert on_record("one", fails_with_a_secret)().error == "ValueError: postgresql://owner:***@db/x"


def test_of_many_at_once_one_runs(on_record: Any, sql: Any) -> None:
    """The one works until the three others have been sent away."""
    refused = threading.Semaphore(0)
    turn = on_record("one", lambda: [refused.acquire(timeout=30) for _ in range(3)])
    start = threading.Barrier(4)

    def at_once(_: int) -> Ended | None:
        start.wait()
        ended = turn()
        if ended is None:
            refused.release()
        return ended

    with ThreadPoolExecutor(4) as executor:
        ran = [ended for ended in executor.map(at_once, range(4)) if ended]
    assert ran == [Ended("ok", rows=3)]
    assert outcomes(sql) == ["ok"]


def test_two_leaders_run_a_daily_job_once_for_its_time(on_record: Any, sql: Any) -> None:
    turn = on_record("one", daily=True)
    with ThreadPoolExecutor(4) as executor:
        ran = [ended for ended in executor.map(lambda _: turn(), range(8)) if ended]
    assert ran == [Ended("ok")]
    ((due,),) = sql("select due_at from tracking.job_runs")
    assert datetime.now(UTC) - timedelta(days=1, hours=1) < due < datetime.now(UTC)


def test_a_daily_job_runs_again_when_its_next_time_has_come(on_record: Any, sql: Any) -> None:
    turn = on_record("one", daily=True)
    assert turn()
    sql("update tracking.job_runs set due_at = due_at - interval '1 day'")
    assert turn()
    assert turn() is None


def later(sql: Any, minutes: int) -> None:
    """So long ago happened what is on record."""
    sql(
        "update tracking.job_runs set started_at = started_at - %(by)s, ended_at = ended_at - %(by)s,"
        " alive_until = alive_until - %(by)s".replace("%(by)s", f"interval '{minutes} minutes'")
    )


def test_a_daily_job_that_failed_is_tried_again_some_times(on_record: Any, sql: Any) -> None:
    turn = on_record("one", fails, daily=True)
    for _ in range(claims.ATTEMPTS):
        assert turn() == FAILED
        later(sql, 14)
        assert turn() is None, "not so soon"
        later(sql, 2)
    assert turn() is None, "no more"
    assert turn(asked=True) == FAILED, "unless a person asks"


def test_a_daily_job_that_got_done_at_last_rests_until_its_next_time(on_record: Any, sql: Any) -> None:
    answers = iter([ValueError, 3])

    def second_time_lucky() -> int:
        if (answer := next(answers)) is ValueError:
            raise ValueError
        return answer

    turn = on_record("one", second_time_lucky, daily=True)
    assert turn().outcome == "failed"
    later(sql, 16)
    assert turn() == Ended("ok", rows=3)
    later(sql, 16)
    assert turn() is None


def test_what_a_person_asked_for_is_not_run_again_by_the_leader(on_record: Any, sql: Any) -> None:
    turn = on_record("one", daily=True)
    assert turn(asked=True) == Ended("ok")
    assert turn() is None
    assert turn(asked=True) == Ended("ok"), "again, for no time"
    assert sql("select count(*), count(due_at) from tracking.job_runs") == [(2, 1)]


def test_a_run_gives_signs_of_life(on_record: Any, sql: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT", 0.01)
    moments = "select alive_until - started_at from tracking.job_runs"

    def until_it_moved() -> None:
        first = sql(moments)
        while sql(moments) == first:
            pass  # each look is a statement: nothing to await

    assert on_record("one", until_it_moved)() == Ended("ok")


def test_a_run_without_signs_of_life_is_taken_over(on_record: Any, sql: Any) -> None:
    taken: list[Ended | None] = []

    def stalls() -> None:
        if not taken:
            taken.append(turn())
            sql("update tracking.job_runs set alive_until = now() - interval '1 ms'")
            taken.append(turn())

    turn = on_record("one", stalls)
    turn()
    assert taken == [None, Ended("ok")]
    assert outcomes(sql) == ["broken off", "ok"], "and the first one's own end changes nothing"


def test_an_interrupted_run_is_broken_off_at_once(on_record: Any, sql: Any) -> None:
    def is_interrupted() -> None:
        raise KeyboardInterrupt

    turn = on_record("one", is_interrupted)
    with pytest.raises(KeyboardInterrupt):
        turn()
    assert outcomes(sql) == ["broken off"]


def test_old_runs_are_forgotten_and_idle_ones_sooner(on_record: Any, settings: Any, sql: Any) -> None:
    add = (
        "insert into tracking.job_runs (job, instance, started_at, ended_at, alive_until, outcome, rows)"
        " select %s, 'me', at, at, at, %s, %s from (select now() - make_interval(hours => %s)) as moment (at)"
    )
    on_record("one")
    on_record("two")
    for hours in (15 * 24, 13 * 24, 25, 23):
        sql(add, "one", "ok", 0, hours)
        sql(add, "one", "ok", 5, hours)
        sql(add, "one", "failed", None, hours)
    sql(add, "two", "ok", 0, 30 * 24)
    assert FORGET_RUNS.run(settings) == 5
    assert sql("select job, outcome, rows, count(*) from tracking.job_runs group by 1, 2, 3 order by 1, 2, 3") == [
        ("one", "failed", None, 3),
        ("one", "ok", 0, 1),
        ("one", "ok", 5, 3),
        ("two", "ok", 0, 1),
    ]


def test_a_job_that_is_gone_is_forgotten_with_its_runs(on_record: Any, settings: Any, sql: Any) -> None:
    on_record("one")()
    schedule.schedule(settings)
    assert outcomes(sql) == []
    assert sql("select schedule from tracking.jobs where job = 'compress counts'") == [("daily at 03:00",)]


def test_without_a_database_a_turn_is_passed_over(settings: Any, on_record: Any, monkeypatch: Any) -> None:
    ran: list[int] = []
    job = FORGET_RUNS._replace(run=lambda _: ran.append(1))
    zone = runs.register(settings, [job])
    monkeypatch.setattr(db, "owner_url", lambda _: db.make_url("postgresql+psycopg://x@/x?host=/nowhere"))
    schedule.turn(settings, job, zone)
    assert ran == []
