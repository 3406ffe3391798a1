"""After a restore a repeat is a repeat: the double-fire guard knows what came back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.rows import a_row

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def restored(write_out: Any, footfall: Any, catalogue: None, web: str) -> Any:
    """Puts back Alice's view of job 42 at a time, and returns that time."""

    def run(moment: datetime, **fields: Any) -> datetime:
        row = a_row(1, occurred_at=moment, received_at=moment, creator="user-alice", **fields)
        footfall("import", str(write_out([row])), "--format", "parquet")
        return moment

    return run


@pytest.fixture
def sent(verdicts: Any) -> Any:
    """The verdict of Alice's view of job 42 at a time."""

    def run(moment: datetime, **fields: Any) -> str:
        (verdict,) = verdicts(
            {"id": f"new {moment}", "name": "view", "receiver": "job:42", "occurred_at": moment.isoformat()} | fields
        )
        return verdict

    return run


AGES = [timedelta(minutes=5), timedelta(hours=11), timedelta(hours=13), timedelta(hours=20), timedelta(days=1, hours=3),
        timedelta(days=2), timedelta(days=5)]  # fmt: skip


@pytest.mark.parametrize("age", AGES, ids=str)
@pytest.mark.parametrize("later", [timedelta(seconds=20), timedelta(minutes=29, seconds=59)], ids=str)
def test_a_repeat_of_what_came_back_does_not_count(restored: Any, sent: Any, age: timedelta, later: timedelta) -> None:
    """Whether its slot is among those of the last day, which the guard holds, or older: then the stored events say it."""
    moment = restored(NOW - age)
    if moment + later < NOW:
        assert sent(moment + later) == "repeat"
    assert sent(moment - later) == "repeat"


@pytest.mark.parametrize("age", AGES, ids=str)
def test_what_is_beyond_the_window_counts(restored: Any, sent: Any, age: timedelta) -> None:
    moment = restored(NOW - age)
    assert sent(moment - timedelta(minutes=31)) == "accepted"


@pytest.mark.parametrize("age", AGES, ids=str)
def test_what_did_not_count_makes_nothing_a_repeat(restored: Any, sent: Any, age: timedelta) -> None:
    moment = restored(NOW - age, excluded="bot")
    assert sent(moment - timedelta(minutes=1)) == "accepted"


def test_a_retry_of_what_came_back_is_a_duplicate(restored: Any, sent: Any) -> None:
    moment = restored(NOW - timedelta(minutes=5), event_id="0190a1b2-0000-7000-8000-000000000001", properties=None)
    assert sent(moment, id="0190a1b2-0000-7000-8000-000000000001") == "duplicate"


def test_the_guard_is_the_same_as_before(
    write_out: Any, footfall: Any, sql: Any, verdicts: Any, catalogue: None, emptied: Any
) -> None:
    """Slot by slot, of an hour of views and clicks."""
    times = [NOW - timedelta(minutes=minute) for minute in range(1, 60)]
    verdicts(*({"id": f"{n} {at}", "name": ("view", "click")[n % 2], "receiver": f"job:{n % 3}", "occurred_at": at.isoformat()}
               for n, at in enumerate(times)))  # fmt: skip
    guard = "select action_key, until, during from tracking.recent_actions order by 1, 2"
    before = sql(guard)
    assert len(before) > 10
    file = write_out()
    emptied()
    footfall("import", str(file), "--format", "parquet")
    assert [row for row in sql(guard) if str(row[2]) != "{}"] == [row for row in before if str(row[2]) != "{}"]
    assert json.loads(footfall("import", str(file), "--format", "parquet", "--json").stdout)["restored"] == 0
