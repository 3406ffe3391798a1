"""Why 17, while numbers change: all of an answer is of one moment, that before the change or that after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fixtures.cast import bearer
from fixtures.jobs import midnight
from fixtures.retention import into_trails, noon
from tracking import db
from tracking.aggregates import refresh, retention
from tracking.stats.counting import Counting
from tracking.stats.gathering import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD = {"from": midnight(13).date().isoformat(), "to": midnight(8).date().isoformat(), "timezone": "UTC"}
COUNTED, REPEATS = 40, 7
EXCLUDED = """
insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name, excluded)
select %s::timestamptz + n * interval '1 second', gen_random_uuid(), 'web', 'user-' || n, 'job', '42', 'view', 'repeat'
  from generate_series(1, %s) as n
"""


@pytest.fixture
def changes(happened: Any, sql: Any, decide: Any, settings: Any) -> dict[str, Callable[[], object]]:
    """Forty views and seven repeats of twelve days ago; and what may happen to them."""
    url = db.owner_url(settings)
    happened(*(noon(12) + timedelta(minutes=n) for n in range(COUNTED)))
    sql(EXCLUDED, noon(12), REPEATS)
    refresh.catch_up(url)
    decide(retention_days=11)

    def drop() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retention, "WAIT_FOR_CHUNKS", 0)
            retention.drop_raw_events(url)

    return {
        "late": lambda: happened(noon(9)),
        "exclusion": lambda: sql(EXCLUDED, noon(9), 2),
        "late, and refreshed": lambda: (happened(noon(9)), into_trails(sql), refresh.catch_up(url)),
        "retention": drop,
    }


@pytest.mark.native
@pytest.mark.parametrize("by_trails", [True, False], ids=["trails", "raw rows"])
@pytest.mark.parametrize("look", ["total", "parted", "left_out", "restated"])
@pytest.mark.parametrize("change", ["late", "exclusion", "late, and refreshed", "retention"])
def test_what_happens_between_two_looks_is_in_both_or_in_none(
    changes: dict[str, Callable[[], object]],
    client: Any,
    web: str,
    sql: Any,
    monkeypatch: Any,
    change: str,
    look: str,
    by_trails: bool,
) -> None:
    if by_trails or change == "retention":
        into_trails(sql)

    def ask() -> dict[str, Any]:
        response = client.get("/v1/stats/explain", query_string=PERIOD, headers=bearer(web))
        assert response.status_code == 200, response.text
        return {key: value for key, value in response.json.items() if key != "never_stored"}

    before, asked = ask(), getattr(Counting, look)
    happened = []

    def meanwhile(self: Counting, *args: Any, **said: Any) -> Any:
        if not happened:
            happened.append(change)
            try:
                changes[change]()
            except psycopg.errors.LockNotAvailable:
                happened.append("later")  # retention waits for who reads
        return asked(self, *args, **said)

    monkeypatch.setattr(Counting, look, meanwhile)
    during = ask()
    monkeypatch.undo()
    assert happened
    after = ask()
    assert during in (before, after)
    assert during["events"] == during["total"]["counted"] == sum(part["counted"] for part in during["buckets"])
    parts = [during["total"][key] for key in ("counted", *REASONS)]
    assert during["total"]["stored"] == (None if None in parts else sum(parts))
    assert (after != before) == (happened == [change])
