"""`final_until`: up to when nothing of the asked period changes any more. Held against a model."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import bearer
from fixtures.jobs import midnight
from tracking import db
from tracking.aggregates import refresh

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def final_until(client: Any, web: str) -> Any:
    def ask(since: datetime, until: datetime) -> datetime:
        asked = {"from": f"{since:%Y-%m-%dT%H:%M:%SZ}", "to": f"{until:%Y-%m-%dT%H:%M:%SZ}", "receiver": "job:77"}
        response = client.get("/v1/stats/summary", query_string=asked | {"compare": "none"}, headers=bearer(web))
        assert response.status_code == 200, response.text
        return datetime.fromisoformat(response.json["final_until"])

    return ask


@pytest.fixture
def as_model(final_until: Any) -> Any:
    """Asks, and compares with the model as of before and after: the hour may turn meanwhile."""

    def check(since: datetime, until: datetime, waiting: Sequence[datetime] = (), lateness_days: int = 7) -> None:
        before = model(since, until, waiting, lateness_days)
        answered = final_until(since, until)
        assert answered in {before, model(since, until, waiting, lateness_days)}, (since, until)

    return check


def model(since: datetime, until: datetime, waiting: Sequence[datetime], lateness_days: int) -> datetime:
    """By late events, an hour for the refresh; or by the first that waits in the period, on its quarter of an hour."""
    final = (datetime.now(UTC) - lateness_days * DAY - HOUR).replace(minute=0, second=0, microsecond=0)
    quarters = [
        at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond) for at in waiting
    ]
    return min([final, *(at for at in quarters if since <= at < min(until, final))])


@pytest.mark.parametrize("late", [[], [3.3], [9.3], [30.7, 20.2], [4000.5], [40.5, 12.1, 8.5]])
def test_it_is_as_a_model_has_it(happened: Any, settings: Any, as_model: Any, late: list[float]) -> None:
    """Of another receiver and another source, too: what waits is told by time alone, but only within the period."""
    url, now = db.owner_url(settings), datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # where no event of a day was counted yet, all of the day waits
    happened(now - 50 * DAY, now - 1 * DAY, *((now - days * DAY).replace(hour=0) for days in late))
    refresh.catch_up(url)
    waiting = [now - days * DAY + timedelta(minutes=7) for days in late]
    for one in waiting:  # each by itself: a commit is one stretch of time
        happened(one, source="shop")
    for since, until in [(60, 0), (35, 25), (25, 10), (10, 2), (5000, 3000), (6, 1), (11, 8)]:
        as_model(midnight(since), midnight(until), waiting)
    refresh.catch_up(url)
    for since, until in [(60, 0), (35, 25), (5000, 3000)]:
        as_model(midnight(since), midnight(until))


def test_what_real_time_shows_does_not_wait(happened: Any, as_model: Any) -> None:
    """Nothing was ever refreshed: everything is counted from the raw rows."""
    happened(midnight(30), midnight(20))
    as_model(midnight(60), midnight(0))


def test_it_follows_the_lateness_of_the_deployment(happened: Any, decide: Any, as_model: Any, app: Any) -> None:
    decide(lateness_days=10)
    app.extensions["footfall"].deployment.expire()
    as_model(midnight(30), midnight(0), lateness_days=10)


def test_an_old_import_says_nothing_about_yesterday_and_is_caught_up(
    happened: Any, settings: Any, final_until: Any, as_model: Any, footfall: Any, sql: Any
) -> None:
    """A log of 2015, in a deployment that counts: before its refresh, after it, and after all was counted again."""
    url = db.owner_url(settings)
    happened(*(midnight(day) for day in range(2, 30)))
    refresh.catch_up(url)
    period = midnight(29), midnight(0)
    first = datetime(2015, 5, 17, 10, 5, tzinfo=UTC)
    assert happened(*(first + n * HOUR for n in range(72)), source="log") == {"accepted": 72}
    as_model(*period)
    old = first.replace(day=1, minute=0), first.replace(day=30, minute=0)
    assert final_until(*old) == first.replace(hour=0, minute=0)  # no event of that day was counted yet
    refresh.catch_up(url)
    as_model(*period)
    as_model(*old)
    footfall("rebuild-aggregates", "--from", "2015-05-01", "--to", "2015-06-30")
    assert sql("select tracking.unrefreshed_since('-infinity', 'infinity')") == [(None,)]
    as_model(*old)


@pytest.mark.parametrize("aggregate", ["event_counts_15min", "event_counts_daily"])
def test_each_aggregate_that_answers_read_is_waited_for(happened: Any, settings: Any, sql: Any, aggregate: str) -> None:
    url, at = db.owner_url(settings), midnight(4) + DAY / 2
    happened(midnight(6), midnight(2))
    refresh.catch_up(url)
    happened(at)
    refresh.catch_up(url, {"event_counts_15min", "event_counts_daily", "activity_daily"} - {aggregate})
    ((waits,),) = sql("select tracking.unrefreshed_since('-infinity', 'infinity')")
    assert at - DAY < waits <= at
    refresh.catch_up(url, [aggregate])
    assert sql("select tracking.unrefreshed_since('-infinity', 'infinity')") == [(None,)]


def test_what_waits_is_asked_of_a_period(happened: Any, settings: Any, sql: Any) -> None:
    happened(midnight(60), midnight(50), midnight(30), midnight(2))
    refresh.catch_up(db.owner_url(settings))
    for day in (50, 30):
        happened(midnight(day) + timedelta(minutes=20))

    def waits(since: int, until: float) -> datetime | None:
        ((found,),) = sql("select tracking.unrefreshed_since(%s, %s)", midnight(since), midnight(0) - until * DAY)
        return found

    assert waits(60, 0) == midnight(50) + timedelta(minutes=15)
    assert waits(49, 0) == midnight(30) + timedelta(minutes=15)
    assert waits(49, 30) is None
    assert waits(29, 0) is None
    assert waits(20, 40) is None
    sql("select tracking.note_dropped(%s)", midnight(40))
    assert waits(60, 0) == midnight(30) + timedelta(minutes=15)
