"""Events by arrival: each once, in order, a late one too, and none before it is certain that no other can come before it."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fixtures.cast import ago, event
from fixtures.rows import batch, row
from tracking import db
from tracking.exports.arrivals import Filter, Place, Row, Span, pages, settled_until, spans
from tracking.settings import Settings

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SOON = timedelta(minutes=1)


@pytest.fixture
def owner(settings: Settings, engine: object) -> Any:
    with db.connect(db.owner_url(settings)) as connection:
        yield connection


def all_spans(owner: Any, **options: Any) -> list[Span]:
    return list(spans(owner, LONG_AGO, datetime.now(UTC) + SOON, **options))


def rows(connection: Any, span: Span, which: Filter, after: Place | None = None) -> list[Row]:
    return [row for page in pages(connection, span, which, after) for row in page]


def read(connection: Any, **which: Any) -> list[Row]:
    return [one for span in all_spans(connection, events=3) for one in rows(connection, span, Filter(**which))]


def test_events_come_in_the_order_of_their_arrival(owner: Any, verdicts: Any, sql: Any) -> None:
    for minutes in (5, 60, 1, 4000):
        verdicts(*[event(occurred_at=ago(minutes=minutes, seconds=n)) for n in range(2)])
    found = read(owner)
    assert [(one.received_at, one.event_id) for one in found] == sql(
        "select received_at, event_id from tracking.events order by received_at, event_id"
    )
    assert len(found) == 8


def test_a_span_holds_whole_commits_and_says_where_their_events_lie(owner: Any, verdicts: Any) -> None:
    for minutes in (5, 60, 4000):
        verdicts(*[event(occurred_at=ago(minutes=minutes, seconds=n)) for n in range(2)])
    found = all_spans(owner, events=3)
    assert sum(span.events for span in found) == 6
    assert all(span.events <= 4 for span in found)
    for span in found:
        inside = rows(owner, span, Filter())
        assert len(inside) == span.events
        assert min(one.occurred_at for one in inside) == span.occurred_from
        assert max(one.occurred_at for one in inside) == span.occurred_to


def test_an_event_that_does_not_count_comes_with_its_reason(owner: Any, verdicts: Any, catalogue: None) -> None:
    at = ago(minutes=9)
    assert verdicts(event(occurred_at=at), event(occurred_at=at, id=str(uuid4()))) == ["accepted", "repeat"]
    assert sorted(str(one.excluded) for one in read(owner)) == ["None", "repeat"]


def test_what_stored_nothing_makes_no_span(owner: Any, verdicts: Any) -> None:
    assert verdicts(event(name="?")) == ["rejected"]
    assert all_spans(owner) == []


def test_a_stretch_of_arrival_may_be_cut_anywhere(owner: Any, verdicts: Any) -> None:
    for n in range(4):
        verdicts(event(occurred_at=ago(minutes=n)))
    moments = sorted(one.received_at for one in read(owner))
    for cut in moments:
        before = list(spans(owner, LONG_AGO, cut))
        after = list(spans(owner, cut, datetime.now(UTC) + SOON))
        assert sum(span.events for span in before) == moments.index(cut)
        assert sum(span.events for span in before + after) == 4


def test_reading_goes_on_behind_a_place(owner: Any, verdicts: Any) -> None:
    verdicts(*[event(occurred_at=ago(minutes=n)) for n in range(5)])
    (span,) = all_spans(owner)
    every = rows(owner, span, Filter())
    for n, one in enumerate(every):
        assert rows(owner, span, Filter(), Place(one.received_at, one.event_id)) == every[n + 1 :]


def test_filters_leave_others_out(owner: Any, verdicts: Any, sql: Any) -> None:
    verdicts(event(name="view"), event(name="click__apply", occurred_at=ago(days=2)), event(receiver="story:7"))
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('story', '7', 'acme')")
    assert {one.receiver_id for one in read(owner, owner="acme")} == {"7"}
    assert {one.receiver_id for one in read(owner, receivers=(("job", "42"), ("job", "7")))} == {"42"}
    assert {one.name for one in read(owner, names=("click\\_\\_%",))} == {"click__apply"}
    assert {one.receiver_type for one in read(owner, type="story")} == {"story"}
    assert read(owner, source="ios") == []
    assert len(read(owner, end=datetime.now(UTC) - timedelta(days=1))) == 1
    assert len(read(owner, start=datetime.now(UTC) - timedelta(days=1))) == 2


def test_the_last_second_is_not_settled(owner: Any) -> None:
    settled = settled_until(owner)
    assert timedelta(0) < datetime.now(UTC) - settled < timedelta(minutes=1)


@pytest.mark.native  # the embedded engine has one session: nothing else runs while somebody asks
def test_a_transaction_that_still_runs_holds_arrival_back(settings: Settings, owner: Any, sql: Any) -> None:
    with db.connect(db.owner_url(settings)) as slow:
        sql("select tracking.ingest(%s::jsonb, '[]'::jsonb)", batch(row()))  # makes the chunk, which locks
        slow.execute("begin")
        slow.execute("select tracking.ingest(%s::jsonb, '[]'::jsonb)", (batch(row()),))
        sql("select tracking.ingest(%s::jsonb, '[]'::jsonb)", batch(row()))
        time.sleep(1.1)  # the last second is left out in any case
        (first,) = slow.execute("select now()").fetchone()
        ((second,),) = sql("select max(received_at) from tracking.events")
        assert first < second, "the one that is not committed yet arrived first"
        assert settled_until(owner) <= first
        slow.execute("commit")
        assert settled_until(owner) > second


@pytest.mark.native
def test_a_reader_that_takes_its_time_does_not(settings: Settings, owner: Any, sql: Any) -> None:
    name = f"footfall_test_reader_{secrets.token_hex(3)}"
    sql(f"create role {name} login password 'reader' in role marketing")
    try:
        with db.connect(db.owner_url(settings).set(username=name, password="reader")) as reader:
            reader.execute("begin")
            (began,) = reader.execute("select now()").fetchone()
            time.sleep(1.1)
            assert settled_until(owner) > began
    finally:
        sql(f"drop role {name}")
