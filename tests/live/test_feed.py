"""What is read of the database: each message once, in one order, from any place, by any filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ago, event
from fixtures.served import until
from tracking.catalogue.faults import Check
from tracking.catalogue.property_schemas import compiled
from tracking.catalogue.windows import Entry, RuleOf
from tracking.exports.arrivals import settled_until
from tracking.live import feed
from tracking.live.arrived import Arrived
from tracking.live.feed import Filter, Gap
from tracking.live.places import Place, place_of

LAST_ARRIVAL = "select max(received_at) from tracking.ingest_ledger"


@pytest.fixture
def connection(app: Any) -> Iterator[Any]:
    """As the API has it."""
    with app.extensions["footfall"].counts.engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@pytest.fixture
def arrived(connection: Any, sql: Any) -> Callable[..., list[Arrived]]:
    """All messages behind a place, or of the last minute, once what was sent is settled."""

    def read(place: Place | None = None, **which: tuple[str, ...]) -> list[Arrived]:
        ((last,),) = sql(LAST_ARRIVAL)
        until(lambda: settled_until(connection) > last)
        begun = feed.begin(connection, place)
        assert isinstance(begun, Place)
        found: list[Arrived] = []
        whole = False
        while not whole:
            piece, begun, whole = feed.read(connection, begun, Filter(**which))
            found += piece
        return found

    return read


def test_a_stream_may_go_on_behind_each_message(verdicts: Any, arrived: Any) -> None:
    """Also in the middle of a commit that is longer than a piece, and among equal ones."""
    moments = [ago(seconds=60 + n) for n in range(5)]
    batch = [event(occurred_at=moments[n % 5]) for n in range(feed.ROWS + 40)]
    wrong = event(receiver="nonsense")
    verdicts(*batch, *batch[:3], wrong, wrong, event(name="1"))
    verdicts(event(name="click"))
    found = arrived()
    assert sum(one.events for one in found) == len(batch) + 3 + 3 + 1
    assert [one.events for one in found if one.field == "receiver"] == [2]
    assert [(one.verdict, one.events) for one in found if one.verdict == "duplicate"] == [("duplicate", 3)]
    places = [one.place for one in found]
    assert places == sorted(set(places))
    for nth in (0, 1, feed.ROWS - 1, feed.ROWS, len(places) - 3, len(places) - 2, len(places) - 1):
        assert [one.place for one in arrived(place_of(str(places[nth])))] == places[nth + 1 :]


def test_late_events_are_seen_with_those_that_just_happened(verdicts: Any, arrived: Any) -> None:
    just = event(name="click", occurred_at=ago(seconds=2))  # a line of the ledger, within the period of the other one
    verdicts(event(occurred_at=ago(seconds=1)), event(occurred_at=ago(days=5)), event(occurred_at=ago(hours=3)), just)
    verdicts(event(occurred_at=ago(days=2)))
    assert len(arrived()) == 5


@pytest.mark.parametrize(
    ("which", "seen"),
    [
        ({}, "view click__a other profile duplicate rejected nameless"),
        ({"source": ("web",)}, "view click__a other profile duplicate rejected nameless"),
        ({"source": ("ios", "nobody")}, ""),
        ({"creator": ("user-alice",)}, "view click__a other profile rejected nameless"),
        ({"creator": ("user-bob",)}, ""),
        ({"receiver": ("job:42",)}, "view click__a nameless"),
        ({"receiver": ("job:77", "profile:x")}, "other profile nameless"),
        ({"receiver": ("job:7",)}, "nameless"),
        ({"name": ("click__*",)}, "click__a nameless"),
        ({"name": ("view", "none")}, "view other profile duplicate rejected nameless"),
        ({"verdict": ("rejected", "duplicate")}, "duplicate rejected nameless"),
        ({"verdict": ("accepted",), "receiver": ("job:42",), "name": ("view",)}, "view"),
    ],
)
def test_a_filter_shows_what_is_asked_for_and_what_may_be_it(
    verdicts: Any, arrived: Any, which: dict[str, tuple[str, ...]], seen: str
) -> None:
    """A duplicate has no creator and no receiver. A rejected event shows where it does not say that it is another's."""
    view = event(properties={"what": "view"})
    verdicts(
        view,
        event(name="click__a", properties={"what": "click__a"}),
        event(receiver="job:77", properties={"what": "other"}),
        event(receiver="profile:x", properties={"what": "profile"}),
    )
    verdicts(view, event(receiver="job:9", occurred_at="?", properties={"what": "rejected"}), "nameless")
    found = arrived(**which)
    said = {"duplicate"} & {one.verdict for one in found}
    said |= {word for one in found for word in seen.split() if word in f"{one.properties} {one.sent}"}
    assert said == set(seen.split())
    assert len(found) == len(said)


def test_what_was_refused_as_a_row_is_shown_as_it_was_sent(verdicts: Any, arrived: Any) -> None:
    first = event(properties={"page": "/a"})
    verdicts(first)
    verdicts(first | {"properties": {"page": "/b"}})
    (conflict,) = arrived(verdict=("conflict",))
    assert (conflict.field, conflict.creator, conflict.receiver) == ("id", "user-alice", "job:42")
    assert (conflict.sent["id"], conflict.sent["properties"]) == (first["id"], {"page": "/b"})


def test_a_long_json_is_cut(verdicts: Any, arrived: Any) -> None:
    verdicts(event(properties={"n": [1e300] * 1000}))
    (one,) = arrived()
    assert len(one.message(RuleOf({}))["properties"]) == 20_000


def test_a_warning_of_the_catalogue_is_told_with_the_event(verdicts: Any, arrived: Any) -> None:
    """As it is now, and only of what is stored: what was rejected says why."""
    fits, misses = event(properties={"page": "/a"}), event(properties={"page": 1})
    verdicts(fits, misses, misses, event(occurred_at="?"))
    validator = compiled({"properties": {"page": {"type": "string"}}, "required": ["page"]})
    for mode, warned in (("warn", [misses["id"]]), ("observe", []), ("reject", [])):
        rules = RuleOf({"view": Entry(None, check=Check(validator, mode))})
        told = [one.message(rules) for one in arrived()]
        assert [str(one["id"]) for one in told if "warning" in one] == warned
        assert {one["warning"] for one in told if "warning" in one} <= {"properties/page: expected a string"}


def test_who_was_away_for_too_long_is_told_what_was_passed_over(connection: Any, verdicts: Any, sql: Any) -> None:
    now = datetime.now(UTC)
    verdicts(event())
    sql("update tracking.ingest_ledger set received_at = received_at - interval '20 minutes'")
    gap = feed.begin(connection, Place(now - timedelta(hours=1)))
    assert isinstance(gap, Gap)
    assert gap.events == 1
    assert now - gap.place.moment < timedelta(minutes=16)


def test_nobody_is_made_to_read_more_than_can_be_read(connection: Any, verdicts: Any, sql: Any) -> None:
    verdicts(event())
    sql("update tracking.ingest_ledger set received_at = received_at - interval '5 s', events = %s", feed.BEHIND)
    place = Place(datetime.now(UTC) - timedelta(seconds=30))
    assert feed.begin(connection, place) == feed.skip(connection, place) == place
    sql("update tracking.ingest_ledger set events = events + 1")
    for gap in (feed.begin(connection, place), feed.begin(connection, None), feed.skip(connection, place)):
        assert isinstance(gap, Gap)
        assert gap.events == feed.BEHIND + 1
        assert gap.place.moment > place.moment


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-11-28", "2026-11-28T10:00:00Z", "2026-13-28T10:00:00.000000Z", "2026-11-28T10:00:00.000000Z,",
     "2026-11-28T10:00:00.000000Z,9" + "0" * 40, "2026-11-28T10:00:00.000000Z,0" + "g" * 40, "0000-01-01T00:00:00.000000Z"],
)  # fmt: skip
def test_no_other_text_is_a_place(text: str) -> None:
    assert place_of(text) is None
