"""What a database and the settings must be before anything is applied."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from fixtures.schema import applied
from tracking import db, deployment, prerequisites, timezones
from tracking.migrations import migrate
from tracking.prerequisites import MigrationError
from tracking.settings import Settings


def test_retention_outlives_the_lateness(blank: Settings) -> None:
    least = blank.lateness_days + 4
    with pytest.raises(
        MigrationError, match=rf"RETENTION_DAYS: {least - 1} .* LATENESS_DAYS=7 it takes {least} or more"
    ):
        migrate(replace(blank, retention_days=least - 1))
    assert applied(blank) == []
    migrate(replace(blank, retention_days=least))


@pytest.mark.parametrize(
    ("zone", "neighbour"),
    [("Atlantic/Azores", "UTC"), ("America/Havana", "America/Detroit")],
)
def test_a_timezone_whose_midnight_comes_twice_is_refused(blank: Settings, zone: str, neighbour: str) -> None:
    with pytest.raises(
        MigrationError,
        match=rf"REPORTING_TIMEZONE: in {zone} the clocks go back over midnight, .* take {neighbour}",
    ):
        migrate(replace(blank, reporting_timezone=zone))
    assert applied(blank) == []


def test_every_other_timezone_has_each_midnight_once() -> None:
    """By the calendar's own arithmetic, as far back as events are taken: no day begins twice."""
    same: dict[bytes, list[str]] = {}
    for name in timezones.names():
        same.setdefault((files("tzdata") / "zoneinfo" / name).read_bytes(), []).append(name)
    refused = set()
    for names in same.values():
        try:
            prerequisites.check_timezone(names[0])
        except MigrationError:
            refused |= {*names}
    assert refused == {"Atlantic/Azores", "America/Havana", "Cuba"}
    for name in {names[0] for names in same.values()} - refused:
        zone = ZoneInfo(name)
        since = deployment.one_midnight_since(zone)
        # the nights between October and November
        begin = max(datetime(2021, 10, 1, tzinfo=zone).astimezone(UTC), since)
        dates = [(begin + timedelta(hours=n)).astimezone(zone).date() for n in range(24 * 62)]
        assert dates == sorted(dates), name


@pytest.mark.parametrize(
    ("zone", "since"),
    {
        "Asia/Amman": "2021-10-29T22:00:00+00:00",
        "America/St_Johns": "2010-11-08T03:30:00+00:00",
        "Europe/Berlin": "2000-01-01T00:00:00+00:00",
    }.items(),
)
def test_nothing_is_imported_from_before_the_last_day_with_two_midnights(zone: str, since: str) -> None:
    made = deployment.Deployment(ZoneInfo(zone), 7, 35, 0, None)
    assert made.oldest_imported().isoformat() == since


def test_a_postgresql_without_timescaledb_is_refused(blank: Settings) -> None:
    with db.connect(db.owner_url(blank)) as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "create temp view pg_available_extensions as"
            " select * from pg_catalog.pg_available_extensions where name <> 'timescaledb'"
        )
        connection.execute("set local search_path = pg_temp, pg_catalog")
        with pytest.raises(MigrationError, match=r"no TimescaleDB; install it"):
            prerequisites.check_engine(connection)


@pytest.mark.parametrize(("bound", "least"), [("MIN_TIMESCALE", (99, 0)), ("MIN_POSTGRES", 99)])
def test_one_that_is_too_old_is_refused(
    blank: Settings, monkeypatch: pytest.MonkeyPatch, bound: str, least: object
) -> None:
    monkeypatch.setattr(prerequisites, bound, least)
    with pytest.raises(MigrationError, match=r"99.* or newer is needed; this is \d"):
        migrate(blank)
    assert applied(blank) == []
