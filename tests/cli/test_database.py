"""`migrate` and `doctor`."""

import json
import re
from typing import Any

import pytest

from fixtures.cast import ALICE, ago, event
from fixtures.processes import environment
from jobs.lease import Lease
from tracking import migrations
from tracking.ingest.bulk import Bulk, Tally
from tracking.settings import Settings

NAMES = [migration.name for migration in migrations.available()]
CONTENTS = list(migrations.contents())


@pytest.fixture
def new(blank: Settings) -> dict[str, str]:
    """The environment of a database with nothing in it."""
    wanted = environment(blank)
    return {name: wanted[name] for name in ("DATABASE_URL", "FOOTFALL_DATA") if name in wanted}


def test_a_new_database_is_checked_then_migrated_then_up_to_date(footfall: Any, new: dict[str, str]) -> None:
    missing = json.loads(footfall("migrate", "--check", "--json", exits=1, **new).stdout)
    assert missing == {"pending": CONTENTS}
    assert footfall("migrate", "--check", exits=1, **new).stdout.splitlines()[0] == f"missing {NAMES[0]}"
    assert json.loads(footfall("migrate", "--json", **new).stdout) == {"applied": CONTENTS}
    assert json.loads(footfall("migrate", "--json", **new).stdout) == {"applied": []}
    assert json.loads(footfall("migrate", "--check", "--json", **new).stdout) == {"pending": []}
    assert footfall("migrate", **new).stdout == "the schema is up to date\n"


def test_another_timezone_is_said_in_a_line(footfall: Any) -> None:
    done = footfall("migrate", exits=2, REPORTING_TIMEZONE="UTC")
    assert done.stderr.count("\n") == 1
    assert "the daily counts of this database are in Europe/Berlin, the setting says UTC" in done.stderr


@pytest.mark.native
def test_a_command_on_a_database_without_the_schema_says_what_to_do(footfall: Any, new: dict[str, str]) -> None:
    """On the embedded engine it is migrated instead."""
    done = footfall("source", "list", exits=2, **new)
    assert "run python -m tracking migrate" in done.stderr
    assert "Traceback" not in done.stderr


def findings(done: Any) -> dict[str, bool]:
    return {one["check"]: one["ok"] for one in json.loads(done.stdout)}


def test_doctor_is_content_with_a_deployment_that_runs(footfall: Any, engine: Any, verdicts: Any, refresh: Any) -> None:
    verdicts(event())
    Lease(engine, "jobs").take()
    refresh()
    done = footfall("doctor", "--json")
    assert all(findings(done).values()), done.stdout
    assert findings(done).keys() >= {"python", "engine", "database", "schema", "sources", "events", "jobs", "aggregate"}
    assert "BAD" not in footfall("doctor").stdout


def test_doctor_is_content_with_a_first_day(footfall: Any, engine: Any, verdicts: Any) -> None:
    """Nothing is materialized yet; that is no illness."""
    verdicts(event())
    Lease(engine, "jobs").take()
    assert findings(footfall("doctor", "--json"))["aggregate"]


def test_doctor_says_what_waits_to_be_counted_again(footfall: Any, engine: Any, settings: Any, refresh: Any) -> None:
    bulk, tally = Bulk(engine, settings, "web"), Tally()
    bulk.write([event(creator=ALICE, occurred_at=ago(days=day)) for day in (2, 5)], tally)
    refresh()

    def waiting() -> int:
        (says,) = [
            one["says"] for one in json.loads(footfall("doctor", "--json", exits=1).stdout)  # no jobs process leads
            if one["check"] == "refresh" and one["says"].startswith("event_counts_daily ")
        ]  # fmt: skip
        return int(re.fullmatch(r"\w+ has (\d+) changed time ranges waiting for the next refresh", says)[1])

    before = waiting()
    bulk.write([event(creator=ALICE, occurred_at=ago(days=4))], tally)
    assert tally.counts == {"accepted": 3}
    assert waiting() > before
    refresh()
    assert waiting() == before


def test_doctor_says_what_was_dropped_what_waits_and_what_ran(
    footfall: Any, happened: Any, decide: Any, run_jobs: Any, on_record: Any, sql: Any
) -> None:
    def says() -> dict[str, str]:
        return {one["check"]: one["says"] for one in json.loads(footfall("doctor", "--json", exits=1).stdout)}

    happened(ago(days=30), ago(days=3), ago(days=2))
    run_jobs()
    assert says()["raw events"] == "all are kept"
    assert says()["waiting"] == "nothing"
    happened(ago(days=3))
    decide(retention_days=20)
    assert says()["waiting"].startswith(f"times from {ago(days=3)[:10]} ")
    run_jobs()
    assert says()["waiting"] == "nothing"
    ((dropped,),) = sql("select tracking.dropped_until()")
    assert says()["raw events"].startswith(f"dropped before {dropped:%Y-%m-%d %H:%M}")
    on_record("drop raw events")()
    assert says()["job"].startswith("drop raw events ran at 20")


def test_doctor_says_which_job_fails(footfall: Any, on_record: Any) -> None:
    def fails() -> None:
        raise RuntimeError("the disk is gone")

    on_record("compress counts")
    on_record("forget proof ids", fails)()
    found = json.loads(footfall("doctor", "--json", exits=1).stdout)
    (failed,) = [one for one in found if one["check"] == "job"]  # the other one has not run yet
    assert not failed["ok"]
    assert failed["says"].startswith("forget proof ids failed, 1 in a row, the last at 20")
    assert failed["says"].endswith(": RuntimeError: the disk is gone")


def test_doctor_says_that_no_jobs_process_leads(footfall: Any) -> None:
    assert not findings(footfall("doctor", "--json", exits=1))["jobs"]
    assert "start one: python -m jobs" in footfall("doctor", exits=1).stdout


def test_doctor_says_that_there_is_no_source(footfall: Any, engine: Any, sql: Any) -> None:
    sql("truncate tracking.sources")
    Lease(engine, "jobs").take()
    assert not findings(footfall("doctor", "--json", exits=1))["sources"]


def test_doctor_says_that_the_database_is_away(footfall: Any) -> None:
    done = footfall("doctor", "--json", exits=1, DATABASE_URL="postgresql://footfall:s3cret@/x?host=/nowhere")
    assert findings(done) == {"python": True, "engine": True, "crawlers": True, "database": False}
    assert "s3cret" not in done.stdout


def test_doctor_says_that_the_schema_is_behind(footfall: Any, sql: Any) -> None:
    checksum = next(one.checksum for one in migrations.available() if one.name == NAMES[-1])
    sql("delete from tracking.migrations where name = %s", NAMES[-1])
    try:
        done = footfall("doctor", "--json", exits=1)
    finally:
        sql("insert into tracking.migrations (name, checksum) values (%s, %s)", NAMES[-1], checksum)
    assert not findings(done)["schema"]


def test_doctor_says_that_the_timezone_is_another(footfall: Any) -> None:
    assert not findings(footfall("doctor", "--json", exits=1, REPORTING_TIMEZONE="UTC"))["schema"]


def test_doctor_says_what_keeps_a_rule_from_telling(footfall: Any, rule: Any, sql: Any) -> None:
    rule(rule="by-mail", channel="email", url=None)
    rule(rule="gone", url="https://hooks.example/")
    sql("insert into tracking.disabled_webhooks (url) values ('https://hooks.example/')")
    found = json.loads(footfall("doctor", "--json", exits=1).stdout)
    said = [one["says"] for one in found if one["check"] == "rule" and not one["ok"]]
    assert said[0] == "by-mail sends mails; not set here: SMTP_URL, MAIL_FROM, PUBLIC_URL"
    assert said[1].startswith("gone: https://hooks.example/ wants no more since ")
    assert said[1].endswith(" (410); python -m tracking rule resume gone")
