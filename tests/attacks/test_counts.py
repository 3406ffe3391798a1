"""A logged-in user who would like a number to be higher or lower than it is, with tokens that are all in order."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, bearer, event
from fixtures.database import CATALOGUED, KEY
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


@pytest.mark.leaves(stored=1002, counted=1002)
def test_a_second_of_moments_claimed_ahead(counts: Any, web: str, bob: str) -> None:
    """Bob cannot know under which id Alice's view will be stored; if he could, it would be his own he stores."""
    claimed = [
        event(id=None, creator=BOB, receiver="job:9", name="share", occurred_at=at(n / 1000)) for n in range(1000)
    ]
    assert counts(bob, claimed) == {"accepted": 1000}
    victims = event(id=None, receiver="job:9", name="share", occurred_at=at(0.5))
    alice = tokens.mint(web, "client", seconds=60, creator=ALICE)
    assert counts(alice, [victims]) == {"accepted": 1}
    assert counts(bob, [victims | {"id": str(uuid.uuid4())}]) == {"accepted": 1}


@pytest.mark.leaves(stored=501, counted=501)
def test_five_hundred_derived_ids_asked_for(counts: Any, alice: str, rival: str) -> None:
    """Whether Alice viewed job 9 at one of these seconds is not in the answer."""
    assert counts(alice, [event(id=None, receiver="job:9", occurred_at=at(77))]) == {"accepted": 1}
    spy = tokens.mint(rival, "client", seconds=60, creator=ALICE)
    asked = [event(id=None, receiver="job:9", occurred_at=at(n)) for n in range(500)]
    assert counts(spy, asked) == {"accepted": 500}


@pytest.mark.leaves(stored=2, counted=2)
def test_the_window_of_anothers_view_taken_a_second_ahead(
    counts: Any, rival: str, alice: str, catalogue_of_a_new_deployment: None
) -> None:
    token = tokens.mint(rival, "client", seconds=60, creator=ALICE)
    assert counts(token, [event(receiver="job:9", occurred_at=at(0))]) == {"accepted": 1}
    assert counts(alice, [event(receiver="job:9", occurred_at=at(1))]) == {"accepted": 1}
