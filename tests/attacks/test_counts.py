"""A logged-in user who would like a number to be higher or lower than it is, with tokens that are all in order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from fixtures.database import CATALOGUED, KEY
from tracking.ingest import admit, decode
from tracking.provenance import credentials, tokens

CEILING = 100
NOON = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def counts(client: Any) -> Any:
    """Posts events and returns how many have which verdict."""

    def send(token: str, events: list[dict[str, Any]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(events), 500):
            response = client.post("/v1/events", json={"events": events[start : start + 500]}, headers=bearer(token))
            assert response.status_code == 200, response.text
            for verdict, number in response.json["counts"].items():
                found[verdict] = found.get(verdict, 0) + number
        return found

    return send


@pytest.fixture
def rival(sql: Any, two_seconds_pass: Any) -> str:
    """The credential of another source, which may mint tokens."""
    sql("insert into tracking.sources (name, rights) values ('rival', '{ingest,mint}')")
    two_seconds_pass()
    return credentials.derive(KEY, "rival", 1)


@pytest.mark.leaves(stored=1500, counted=CEILING)
@pytest.mark.parametrize("action", ["view", "share", "click"])
def test_fifteen_hundred_names_of_one_action_at_one_moment(
    counts: Any, alice: str, catalogue_of_a_new_deployment: None, action: str
) -> None:
    names = [event(name=f"{action}__x{n}", receiver="job:9", occurred_at=at(0)) for n in range(1500)]
    assert counts(alice, names) == {"accepted": CEILING, "repeat": 1500 - CEILING}


@pytest.mark.leaves(stored=1500, counted=1)
def test_a_name_that_nobody_catalogued_fifteen_hundred_times(
    counts: Any, alice: str, catalogue_of_a_new_deployment: None
) -> None:
    events = [event(name="wave", receiver="job:9", occurred_at=at(n / 2000)) for n in range(1500)]
    assert counts(alice, events) == {"accepted": 1, "repeat": 1499}


@pytest.mark.leaves(stored=1500, counted=CEILING)
def test_a_click_every_two_seconds(counts: Any, alice: str, catalogue_of_a_new_deployment: None) -> None:
    events = [event(name="click", receiver="job:9", occurred_at=at(-2 * n)) for n in range(1500)]
    assert counts(alice, events) == {"accepted": CEILING, "repeat": 1500 - CEILING}


@pytest.fixture
def catalogue_of_a_new_deployment(sql: Any, event_types: list[tuple], two_seconds_pass: Any) -> None:
    for row in event_types:
        sql(f"{CATALOGUED} on conflict do nothing", *row)
    two_seconds_pass()


@pytest.mark.leaves(stored=2, counted=2)
def test_the_id_that_anothers_event_will_have(counts: Any, rival: str, web: str) -> None:
    """Known or guessed, it is sent a moment ahead by another source, and by another creator of the same."""
    victim = event(receiver="job:9", occurred_at=at(0))
    token = tokens.mint(rival, "client", seconds=60, creator=ALICE)
    assert counts(token, [victim | {"name": "share"}]) == {"accepted": 1}
    assert counts(tokens.mint(web, "client", seconds=60, creator=ALICE), [victim]) == {"accepted": 1}


def reckoned(source: str, creator: str, sent: dict[str, Any]) -> str:
    """The id that an event without one will have: it follows from what is no secret, so anybody can say it."""
    return admit.event_id(decode.decode_one(sent), source, creator)


def views(*seconds: float) -> list[dict[str, Any]]:
    return [event(id=None, receiver="job:9", occurred_at=at(second)) for second in seconds]


@pytest.mark.leaves(stored=2001, counted=2001)
def test_a_second_of_moments_claimed_ahead(counts: Any, rival: str, web: str, bob: str) -> None:
    """Under the id that Alice's view will have, by another source and by another creator: it is theirs that they store."""
    claimed = [
        view | {"id": reckoned("web", ALICE, view), "name": "share"} for view in views(*(n / 1000 for n in range(1000)))
    ]
    for token in (tokens.mint(rival, "client", seconds=60, creator=ALICE), bob):
        assert counts(token, claimed) == {"accepted": 1000}
    alice = tokens.mint(web, "client", seconds=60, creator=ALICE)
    assert counts(alice, views(0.5)) == {"accepted": 1}


@pytest.mark.leaves(stored=1001, counted=1001)
def test_five_hundred_derived_ids_asked_for(counts: Any, alice: str, bob: str, rival: str) -> None:
    """Whether Alice viewed job 9 at one of these seconds is not in the answer."""
    assert counts(alice, views(77)) == {"accepted": 1}
    asked = [view | {"id": reckoned("web", ALICE, view)} for view in views(*range(500))]
    for spy in (tokens.mint(rival, "client", seconds=60, creator=ALICE), bob):
        assert counts(spy, asked) == {"accepted": 500}


@pytest.mark.leaves(stored=2, counted=2)
def test_the_window_of_anothers_view_taken_a_second_ahead(
    counts: Any, rival: str, alice: str, catalogue_of_a_new_deployment: None
) -> None:
    token = tokens.mint(rival, "client", seconds=60, creator=ALICE)
    assert counts(token, [event(receiver="job:9", occurred_at=at(0))]) == {"accepted": 1}
    assert counts(alice, [event(receiver="job:9", occurred_at=at(1))]) == {"accepted": 1}
