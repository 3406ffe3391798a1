"""`doctor` says how far the lake is behind, by what the database notes of it."""

from __future__ import annotations

import json
from typing import Any

from lake.conftest import day


def found(footfall: Any, place: str | None) -> list[dict[str, Any]]:
    said = json.loads(footfall("doctor", "--json", exits=1, LAKE_URL=place).stdout)  # 1: no process leads here
    return [one for one in said if one["check"] == "lake"]


def test_without_a_lake_it_says_nothing(arrived: Any, footfall: Any) -> None:
    arrived(days=5)
    assert found(footfall, None) == []


def test_an_empty_lake_is_behind(arrived: Any, footfall: Any, place: str) -> None:
    arrived(days=2)
    arrived(days=5)
    (lake,) = found(footfall, place)
    assert not lake["ok"]
    assert lake["says"] == f"{place} is empty; 2 days behind, from {day(5)} on; python -m tracking lake write says why"


def test_yesterday_may_wait_for_the_job(arrived: Any, footfall: Any, place: str, tracking: Any) -> None:
    arrived(days=2)
    tracking("write")
    (lake,) = found(footfall, place)
    assert lake == {"check": "lake", "ok": True, "says": f"{place} has the days of arrival up to {day(2)}"}
    arrived(days=1)
    (lake,) = found(footfall, place)
    assert lake["ok"]
    assert "1 day behind" in lake["says"]


def test_a_lake_that_was_adopted_is_known_at_once(
    arrived: Any, footfall: Any, place: str, tracking: Any, sql: Any
) -> None:
    arrived(days=2)
    tracking("write")
    for table in ("lake.iceberg_tables", "tracking.lake_days"):
        sql(f"delete from {table}")
    tracking("adopt")
    (lake,) = found(footfall, place)
    assert lake["says"] == f"{place} has the days of arrival up to {day(2)}"
