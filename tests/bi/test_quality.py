"""The quality of data: what came in on a day, what became of it, and how much of it was late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fixtures.cast import event
from fixtures.jobs import midnight

BERLIN = ZoneInfo("Europe/Berlin")
SUMS = "select sum(received)::int, sum(accepted)::int, sum(repeat)::int, sum(duplicate)::int, sum(conflict)::int, sum(rejected)::int, sum(late)::int"


def test_verdicts_add_up_to_what_was_received(verdicts: Any, catalogue: None, seen: Any) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)
    first = event(occurred_at=at.isoformat())
    answers = verdicts(
        first, first, first | {"receiver": "job:43"}, event(occurred_at=(at + timedelta(seconds=1)).isoformat()),
        event(name=""), event(receiver="job:77"),
    )  # fmt: skip
    assert answers == ["accepted", "duplicate", "conflict", "repeat", "rejected", "accepted"]
    found = seen(f"{SUMS} from analytics.data_quality_daily")[0]
    assert found[:6] == (6, 2, 1, 1, 1, 1)
    assert sum(found[1:6]) == found[0]
    assert seen("select event_name, rejected from analytics.data_quality_daily where rejected > 0") == [("", 1)]


def test_an_event_is_late_when_its_day_was_over(verdicts: Any, seen: Any) -> None:
    """The day of the reporting timezone; a day later or a week, it is one late event. The share is of those with a day."""
    today = midnight(0, BERLIN)
    times = [today - timedelta(microseconds=1000), today - timedelta(days=5), datetime.now(UTC)]
    times += [today] if datetime.now(UTC) > today else []
    before = datetime.now(BERLIN).date()
    verdicts(*(event(occurred_at=at.astimezone(UTC).isoformat()) for at in times), event(occurred_at="no time"))
    if datetime.now(BERLIN).date() != before:
        return  # it struck midnight
    found = seen(
        "select day, sum(late)::int, max(share_late)::float from analytics.data_quality_daily where late > 0 group by 1"
    )
    assert found == [(before, 2, round(2 / len(times), 4))]


def test_a_line_of_an_older_version_tells_by_its_period(sql: Any, seen: Any) -> None:
    """It has no number of late events, but the times of the first and the last."""
    line = "insert into tracking.ingest_ledger values ('2026-05-02T10:00Z', 'web', 'view', 'accepted', 5, %s, %s)"
    sql(line, "2026-04-30T10:00Z", "2026-05-01T21:59Z")
    sql(line, "2026-05-01T22:00Z", "2026-05-02T09:00Z")
    assert seen("select day, received, late, share_late::float from analytics.data_quality_daily") == [
        (date(2026, 5, 2), 10, 5, 0.5)
    ]


def test_a_day_of_arrival_is_one_of_the_reporting_timezone(sql: Any, seen: Any) -> None:
    """Over a clock change; and each app says when it sent something last."""
    line = "insert into tracking.ingest_ledger values (%s, %s, 'view', 'accepted', 1)"
    for at, source in (("2026-10-24T22:00Z", "web"), ("2026-10-25T22:59Z", "web"), ("2026-10-25T23:00Z", "ios")):
        sql(line, at, source)
    assert seen(
        "select day, time, source, received, last_received_at from analytics.data_quality_daily order by 1"
    ) == [
        (
            date(2026, 10, 25),
            datetime(2026, 10, 24, 22, tzinfo=UTC),
            "web",
            2,
            datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
        ),
        (date(2026, 10, 26), datetime(2026, 10, 25, 23, tzinfo=UTC), "ios", 1, datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ]
