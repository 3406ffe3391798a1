"""The ceiling of a day: beyond it an event is stored, and does not count."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.actions import action, said
from tracking.ingest.writer import Writer


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_beyond_the_ceiling_of_a_day_an_event_is_a_repeat(writer: Writer, together: bool, sql: Any) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)

    def capped(key: int, second: float, **fields: Any) -> bytes:
        bound = {"guard_key": None, "ceiling_key": str(uuid.UUID(int=key)), "ceiling": 3}
        return action("alice", second, midnight, **bound | fields)

    batch = [
        *[capped(1, second) for second in (1, 2, 3, 4, 5)],
        *[capped(2, second) for second in (6, 7)],
        capped(1, -1),
        capped(1, 8, excluded="bot"),
        capped(2, 9),
        capped(2, 10),
        action("alice", 11, midnight, guard_key=None),
        capped(1, 86_399),
        capped(1, 86_400),
    ]
    expected = ["accepted"] * 3 + ["repeat"] * 2 + ["accepted"] * 2
    expected += ["accepted", "bot", "accepted", "repeat", "accepted", "repeat", "accepted"]
    found = said(writer.write(batch)) if together else [said(writer.write([one]))[0] for one in batch]
    assert found == expected
    assert sql("select count(*) from tracking.events where excluded is null") == [(expected.count("accepted"),)]


def test_a_repeat_does_not_use_up_the_ceiling(writer: Writer) -> None:
    ceiling = {"ceiling_key": str(uuid.UUID(int=1)), "ceiling": 2}
    batch = [action("alice", second, **ceiling) for second in (0, 1, 2, 3, 100, 200)]
    assert said(writer.write(batch)) == ["accepted", "repeat", "repeat", "repeat", "accepted", "repeat"]


def test_ceilings_are_kept_as_long_as_their_day_may_still_be_reached(writer: Writer, forget: Any, sql: Any) -> None:
    for days in (0, 6, 9):
        capped = action("alice", -86_400 * days, guard_key=None, ceiling_key=str(uuid.UUID(int=days)), ceiling=1)
        assert said(writer.write([capped])) == ["accepted"]
    forget(lateness_days=7)
    assert sql("select array_agg(action_key order by action_key) from tracking.daily_actions") == [
        ([uuid.UUID(int=0), uuid.UUID(int=6)],)
    ]
