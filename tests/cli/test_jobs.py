"""`python -m tracking jobs`: who leads, what ran, how it ended."""

import json
from datetime import datetime
from typing import Any

import pytest

from jobs import claims
from jobs.lease import Lease


@pytest.fixture
def recorded(on_record: Any, sql: Any) -> None:
    """A job that ran well twice, one that failed twice after a success, one that was killed, one that never ran."""
    answers = iter([3, ValueError("[bold]no such thing[/bold]"), ValueError("no :bug:")])

    def changing() -> object:
        if isinstance(answer := next(answers), ValueError):
            raise answer
        return answer

    for _ in range(2):
        on_record("well", lambda: 1234)()
    failing = on_record("failing", changing)
    for _ in range(3):
        failing()
    on_record("killed")()
    sql(
        "update tracking.job_runs set outcome = 'running', ended_at = null, alive_until = now() - interval '1 s'"
        " where job = 'killed'"
    )
    on_record("never", daily=True)


def test_each_job_is_shown_with_its_last_run(footfall: Any, recorded: None, engine: Any) -> None:
    lease = Lease(engine, "jobs")
    lease.take()
    said = footfall("jobs").stdout
    lines = {line.split()[0].rstrip(":"): line.split() for line in reversed(said.splitlines())}
    assert said.startswith(f"led by {lease.holder}\n")
    assert lines["well"][1:4] == ["every", "5", "min"]
    assert lines["well"][-3:] == ["ok", "1,234", "·"]
    assert lines["failing"][-3:] == ["failed", "·", "2"]
    assert lines["killed"][-4:] == ["broken", "off", "·", "1"]
    assert lines["never"][1:] == ["daily", "at", "03:00", *"·····"]
    assert "failing: ValueError: no :bug:\n" in said
    assert "\x1b" not in said


def test_the_last_runs_of_one_job_are_shown_newest_first(footfall: Any, recorded: None) -> None:
    said = footfall("jobs", "--job", "failing").stdout.splitlines()
    assert said[:2] == ["no process leads; start one: python -m jobs", "failing: every 5 min, 2 failures in a row"]
    assert [line.split()[4] for line in said[3:]] == ["failed", "failed", "ok"]
    assert "[bold]no such thing[/bold]" in said[4]
    assert claims.INSTANCE in said[5]
    assert len(footfall("jobs", "--job", "failing", "--last", "1").stdout.splitlines()) == 4
    assert footfall("jobs", "--job", "never").stdout.splitlines()[1:] == [
        "never: daily at 03:00, no failures since the last success",
        "it has not run yet",
    ]


def test_scripts_get_json(footfall: Any, recorded: None) -> None:
    found = json.loads(footfall("jobs", "--json").stdout)
    assert found["leader"] is None
    jobs = {job["job"]: job for job in found["jobs"]}
    assert jobs["never"] == {"job": "never", "schedule": "daily at 03:00", "failures": 0, "last": None}
    last = jobs["well"]["last"]
    assert datetime.fromisoformat(last.pop("started_at")) <= datetime.fromisoformat(last.pop("ended_at"))
    assert 0 <= last.pop("seconds") < 30
    assert last == {"due_at": None, "outcome": "ok", "rows": 1234, "error": None, "instance": claims.INSTANCE}
    (one,) = json.loads(footfall("jobs", "--json", "--job", "failing", "--last", "2").stdout)["jobs"]
    assert one["failures"] == 2
    assert [run["error"] for run in one["runs"]] == ["ValueError: no :bug:", "ValueError: [bold]no such thing[/bold]"]


def test_a_run_that_goes_on_has_no_end_yet(footfall: Any, on_record: Any) -> None:
    shown: list[Any] = []
    turn = on_record("one", lambda: shown.append(json.loads(footfall("jobs", "--json").stdout)["jobs"]))
    turn()
    ((one,),) = shown
    assert (one["last"]["outcome"], one["last"]["ended_at"], one["last"]["seconds"]) == ("running", None, None)


def test_an_unknown_job_is_answered_with_those_that_there_are(footfall: Any, recorded: None) -> None:
    done = footfall("jobs", "--job", "nothing", exits=1)
    assert done.stderr == "Error: no job 'nothing'; there are: failing, killed, never, well\n"


def test_before_the_scheduler_has_run_it_says_so(footfall: Any, on_record: Any) -> None:
    assert "no jobs are known yet" in footfall("jobs").stdout
    assert "none yet" in footfall("jobs", "--job", "one", exits=1).stderr


def test_a_number_of_runs_is_of_one_job(footfall: Any) -> None:
    assert "--last needs --job" in footfall("jobs", "--last", "3", exits=2).stderr
