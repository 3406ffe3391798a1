"""`doctor`: checks versions, connections, jobs and aggregates."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from tracking import db, deployment, embedded, migrations, prerequisites
from tracking.alarms.incidents import FIRST_WEEKS, Incident
from tracking.alarms.targets import lacking as alerts_lack
from tracking.alarms.targets import targets
from tracking.cli import refused
from tracking.cli.session import as_json
from tracking.environment import load
from tracking.ingest import crawlers
from tracking.lake.errors import packages_lacking
from tracking.notifications.channels import lacking
from tracking.stats.replica import passed_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.settings import Settings


MAY_LACK = 1
"""Days: soon after midnight (UTC) the last one waits for the job."""
TRAILS_LAG = 120
"""Minutes."""


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    ok: bool
    says: str


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check this deployment; exit status 1 if something needs you."""
    findings = list(_findings(load()))
    if as_json:
        click.echo(json.dumps([{"check": one.check, "ok": one.ok, "says": one.says} for one in findings]))
    else:
        for one in findings:
            click.echo(
                f"{click.style('ok  ', fg='green') if one.ok else click.style('BAD ', fg='red')} "
                f"{one.check:<12} {one.says}"
            )
    if not all(one.ok for one in findings):
        raise SystemExit(1)


def _queue(settings: Settings) -> Finding:
    from tracking.queues import broker  # noqa: PLC0415 - a third of a second that only they need who have a queue

    queue = broker.of(settings)
    try:
        with queue.connected() as connection:
            waiting, dead = queue.depth(connection, queue.main), queue.depth(connection, queue.dead)
    except broker.ERRORS as error:
        return Finding("queue", ok=False, says=f"away: {broker.said(error, queue.address)}")
    says = f"{waiting:,} messages wait"
    if dead:
        says += f"; {dead:,} dead letters: python -m tracking queue dead"
    return Finding("queue", ok=not dead, says=says)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("python", ok=True, says=platform.python_version())
    yield Finding("engine", ok=True, says=f"embedded, in {settings.data}" if settings.embedded else "native")
    known = crawlers.lists()
    packages = ", ".join(f"{name} {version}" for name, version in known.versions.items())
    yield Finding("crawlers", ok=True, says=f"known by lists up to {known.newest} ({packages})")
    if settings.queue_url is not None:
        yield _queue(settings)
    if settings.embedded and not embedded.running(settings.data):
        yield Finding("database", ok=False, says="the embedded engine is not running; start it: python -m tracking up")
        return
    try:
        with db.connect(db.owner_url(settings)) as connection:
            prerequisites.check_engine(connection)
            row = db.run(connection, "doctor_versions").fetchone()
            yield Finding("database", ok=True, says="PostgreSQL {}, TimescaleDB {}".format(*row or ("?", "?")))
            if missing := migrations.missing(settings):
                says = f"missing: {', '.join(missing)}; run python -m tracking migrate"
                yield Finding("schema", ok=False, says=says)
                return
            differing = "; ".join(_decided(settings).differing(settings))
            yield Finding(
                "schema",
                ok=not differing,
                says=f"{differing}; set it here, or run python -m tracking migrate" if differing else "up to date",
            )
            yield from _contents(connection)
            yield from _notifications(connection, settings)
            yield from _incidents(connection, settings)
            yield from _lake(connection, settings)
        yield from _replica(settings)
    except (SQLAlchemyError, psycopg.Error) as error:
        yield Finding("database", ok=False, says=refused.sentence(error))
    except prerequisites.MigrationError as error:
        yield Finding("schema", ok=False, says=str(error))


def _notifications(connection: prerequisites.Connection, settings: Settings) -> Iterator[Finding]:
    missing = lacking(settings)
    for rule, channel, url, disabled_at in db.run(connection, "doctor_rules").fetchall():
        if disabled_at is not None:
            says = (
                f"{url} wants no more since {disabled_at:%Y-%m-%d %H:%M} (410); python -m tracking rule resume {rule}"
            )
            yield Finding("rule", ok=False, says=f"{rule}: {says}")
        elif channel == "email" and missing:
            yield Finding("rule", ok=False, says=f"{rule} sends mails; not set here: {', '.join(missing)}")
        else:
            yield Finding("rule", ok=True, says=f"{rule} tells by {channel}")
    for state, count in db.run(connection, "doctor_notifications").fetchall():
        says = f"{count:,} {state} in two days; python -m tracking notification list --state {state}"
        yield Finding("told", ok=state != "expired", says=says)


def _incidents(connection: prerequisites.Connection, settings: Settings) -> Iterator[Finding]:
    for row in db.run(connection, "incidents_list", closed=False).fetchall():
        one = Incident(*row)
        says = f"{one.headline()}, since {one.first_bad_at:%Y-%m-%d %H:%M}; python -m tracking incidents list"
        yield Finding("incident", ok=False, says=says)
    judged, known, lost = db.run(connection, "doctor_incidents").fetchone() or (None, None, 0)
    if judged is None or known is None:
        says = "nothing is judged yet; the job `watch trackers` does it"
    elif judged - known < FIRST_WEEKS:
        says = f"nothing is judged before {known + FIRST_WEEKS:%Y-%m-%d}: three weeks say what is usual"
    else:
        says = f"what arrived is judged until {judged:%Y-%m-%d %H:%M}"
    yield Finding("trackers", ok=True, says=says)
    if lost:
        yield Finding(
            "alerts", ok=False, says=f"{lost} of two days did not arrive; python -m tracking incidents targets"
        )
    elif lacks := alerts_lack(settings):
        yield Finding("alerts", ok=False, says=f"no mail is sent; not set here: {', '.join(lacks)}")
    elif not targets(settings):
        yield Finding("alerts", ok=True, says="nobody is told; set ALERT_WEBHOOK_URL or ALERT_MAIL_TO")


def _lake(connection: prerequisites.Connection, settings: Settings) -> Iterator[Finding]:
    if settings.lake_url is None:
        return
    if lacks := packages_lacking():
        yield Finding("lake", ok=False, says=lacks)
        return
    newest, behind, first = db.run(connection, "doctor_lake").fetchone() or (None, 0, None)
    has = f"has the days of arrival up to {newest}" if newest else "is empty"
    lacks = (
        f"; {behind} {'day' if behind == 1 else 'days'} behind, from {first} on; python -m tracking lake write says why"
        if behind
        else ""
    )
    yield Finding("lake", ok=behind <= MAY_LACK, says=f"{settings.lake_url} {has}{lacks}")


def _replica(settings: Settings) -> Iterator[Finding]:
    if (url := db.replica_url(settings)) is None:
        return
    try:
        with db.connect(url) as connection:
            is_replica, as_of, seconds = db.run(connection, "replica_state").fetchone() or (False, None, None)
    except psycopg.Error as error:
        says = f"{refused.sentence(error)}; the primary answers for it, and BI tools have nothing"
        yield Finding("replica", ok=False, says=says)
        return
    if away := passed_over(is_replica, seconds):
        yield Finding("replica", ok=False, says=f"{away}; the primary answers for it")
    else:
        says = f"{seconds:.0f} seconds behind, as of {as_of:%Y-%m-%d %H:%M:%S%z}"
        yield Finding("replica", ok=True, says=says)


def _decided(settings: Settings) -> deployment.Deployment:
    engine = db.engine(db.owner_url(settings))
    try:
        return deployment.read(engine)
    finally:
        engine.dispose()


def _contents(connection: prerequisites.Connection) -> Iterator[Finding]:
    sources, newest = db.run(connection, "doctor_contents").fetchone() or (0, None)
    yield Finding(
        "sources", ok=sources > 0, says=f"{sources} active" if sources else "none; python -m tracking source add web"
    )
    yield Finding("events", ok=True, says=f"the newest is of {newest:%Y-%m-%d %H:%M:%S%z}" if newest else "none yet")
    leader, alive = db.run(connection, "doctor_jobs").fetchone() or (None, False)
    yield Finding(
        "jobs", ok=bool(alive), says=f"led by {leader}" if alive else "no process leads; start one: python -m jobs"
    )
    dropped, waits = db.run(connection, "doctor_raw").fetchone() or (None, None)
    yield Finding(
        "raw events",
        ok=True,
        says=f"dropped before {dropped:%Y-%m-%d %H:%M%z}; the counts are kept" if dropped else "all are kept",
    )
    yield Finding(
        "waiting",
        ok=True,
        says=f"times from {waits:%Y-%m-%d %H:%M%z} on are read from raw events until the next refresh"
        if waits
        else "nothing",
    )
    for view, waiting in db.run(connection, "doctor_waiting").fetchall():
        yield Finding(
            "refresh",
            ok=True,
            says=f"{view} has {waiting} changed time ranges waiting for the next refresh",
        )
    for job, _, _, ran_at, *_, failures, failed_at, because in db.run(connection, "job_list").fetchall():
        if failures:
            when = f"{failures} in a row, the last at {failed_at:%Y-%m-%d %H:%M}"
            yield Finding("job", ok=False, says=f"{job} failed, {when}: {because}")
        elif ran_at is not None:
            yield Finding("job", ok=True, says=f"{job} ran at {ran_at:%Y-%m-%d %H:%M}")
    for view, lag_minutes in db.run(connection, "doctor_lag").fetchall():
        yield Finding(
            "aggregate", ok=lag_minutes < 26 * 60, says=f"{view} is {lag_minutes} minutes behind the newest event"
        )
    for lag_minutes, inbox in db.run(connection, "doctor_trails").fetchall():
        waiting = f"; {inbox:,} restored events wait for the next run" if inbox else ""
        yield Finding("trails", ok=lag_minutes < TRAILS_LAG, says=f"they are {lag_minutes} minutes behind{waiting}")
