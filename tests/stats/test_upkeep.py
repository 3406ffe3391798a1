"""Which windows are refreshed after an import: they cover every day of it, and TimescaleDB takes each of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.cast import ALICE, ago
from fixtures.database import AGGREGATES, disagreements
from tracking import db
from tracking.ingest.bulk import Bulk, Tally
from tracking.stats import upkeep

DAY = timedelta(days=1)
moments = st.datetimes(datetime(2001, 1, 1), datetime(2026, 11, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(0), timedelta(days=400))


@given(moments, spans)
def test_every_window_holds_whole_days_and_every_day_is_in_one(first: datetime, span: timedelta) -> None:
    """A day has 25 hours at most; where it begins depends on the timezone."""
    last = first + span
    windows = [(start, end) for name, start, end in upkeep.steps(first, last) if name == "event_counts_daily"]
    assert all(end - start >= 2 * DAY + timedelta(hours=1) for start, end in windows)
    settled = datetime.now(UTC) - timedelta(days=2)
    for hours in (-14, 0, 12):
        day = first.replace(hour=0, minute=0, second=0, microsecond=0) - DAY + timedelta(hours=hours)
        while day <= last:
            day_end = day + timedelta(hours=25)
            if day_end > first and day_end < settled:
                assert any(start <= day and day_end <= end for start, end in windows), day
            day += DAY


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_each_aggregate_is_refreshed_over_the_same_windows(aggregate: str) -> None:
    steps = upkeep.steps(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    assert [step[1:] for step in steps if step[0] == aggregate] == [
        step[1:] for step in steps if step[0] == AGGREGATES[0]
    ]


@pytest.mark.parametrize("ages", [[0], [0.5], [30], [30, 24], [30, 20.01], [30, 20, 10, 0], [400, 200, 1]])
def test_timescaledb_takes_every_window_and_the_counts_agree(engine: Any, settings: Any, ages: list[float]) -> None:
    now = datetime.now(UTC)
    sent = [
        {"name": "seen", "receiver": "job:42", "creator": ALICE, "occurred_at": (now - age * DAY).isoformat()}
        for age in ages
    ]
    tally = Tally()
    Bulk(engine, settings, "web").write(sent, tally)
    assert tally.first is not None
    assert tally.last is not None
    for _ in upkeep.refresh(db.owner_url(settings), upkeep.steps(tally.first, tally.last)):
        pass
    assert disagreements(settings) == {}


def test_refreshes_at_the_same_time_wait_for_each_other(engine: Any, settings: Any) -> None:
    tally, base = Tally(), {"name": "share", "receiver": "job:42", "creator": ALICE}
    times = [ago(days=day, minutes=minute) for day in range(1, 20) for minute in range(25)]
    Bulk(engine, settings, "web").write([base | {"id": time, "occurred_at": time} for time in times], tally)
    assert tally.counts == {"accepted": len(times)}
    now = datetime.now(UTC)
    windows = upkeep.steps(now - timedelta(days=20), now)

    def refresh(_: int) -> int:
        return sum(1 for _ in upkeep.refresh(db.owner_url(settings), windows, anew=True))

    with ThreadPoolExecutor(3) as executor:
        assert list(executor.map(refresh, range(3))) == [len(windows)] * 3
    assert disagreements(settings) == {}
