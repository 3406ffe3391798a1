"""`compare=peers`: what a customer is told by the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from fixtures.cast import bearer
from fixtures.peers import BERLIN
from peers.conftest import events
from tracking.peers.told import Silence
from tracking.provenance import tokens
from tracking.stats.answer_schemas import SummarySchema


@pytest.fixture
def ask(client: Any, web: str) -> Any:
    """Asks as a token that allows so much."""

    def get(grant: dict[str, Any], **query: Any) -> Any:
        token = tokens.mint(web, "stats", seconds=900, **grant)
        response = client.get("/v1/stats/summary", query_string=query | {"compare": "peers"}, headers=bearer(token))
        assert response.status_code == 200, response.text
        assert SummarySchema().validate(response.json) == {}
        assert response.json["compared"] is response.json["change"] is None
        return response.json["peers"]

    return get


ACME = {"owner": "acme"}


def test_a_receiver_is_told_how_similar_ones_did(market: Any, night: Any, ask: Any) -> None:
    market()
    night()
    peers = ask(ACME, receiver="job:42")
    assert peers["note"] == "25% more views than 10 or more similar ones in their first 7 days."
    assert {key: peers[key] for key in ("of", "reason", "compared", "age", "by", "receivers")} == {
        "of": "receiver", "reason": None, "compared": 1, "age": 7, "by": ["category", "region", "contract"],
        "receivers": 10,
    }  # fmt: skip
    assert peers["measures"][1] == {
        "measure": "views", "own": 131, "lower": {"from": 100, "to": 104}, "median": {"from": 105, "to": 109},
        "upper": {"from": 105, "to": 109}, "difference": 0.25,
    }  # fmt: skip


def test_many_times_as_many_are_told_as_times(market: Any, night: Any, ask: Any) -> None:
    market(views=642)
    night()
    assert ask(ACME, receiver="job:42")["note"].startswith("6 times as many views as 10 or more similar ones")


def test_an_owner_is_told_the_median_of_its_receivers(market: Any, night: Any, ask: Any) -> None:
    market()
    night()
    peers = ask(ACME)
    assert (peers["of"], peers["compared"], peers["receivers"]) == ("owner", 1, None)
    assert {"measure": "views", "difference": 0.25, "receivers": 1} in peers["measures"]
    assert ask(ACME | {"receivers": ["job:43"]})["reason"] == Silence.NOT_COUNTED


def test_the_median_is_of_those_that_have_a_difference(
    market: Any, put: Any, insert: Any, night: Any, ask: Any
) -> None:
    """A story is compared, and has too few views, as others' stories have."""
    market()
    put([{"type": "story", "id": str(n), "owner": f"owner-{n % 6}"} for n in range(12)])
    put([{"type": "story", "id": "42", "owner": "acme"}])
    born = datetime.now(BERLIN) - timedelta(days=8)
    insert([each for n in [*range(12), 42] for each in events(f"story:{n}", born, 3, 3, 0)])
    night()
    peers = ask(ACME)
    assert peers["compared"] == 2
    assert peers["note"] == "25% more views than similar ones at the same age, in the median of 1 compared."


@pytest.mark.parametrize(
    ("grant", "query", "reason"),
    [
        (ACME, {"receiver": ["job:42", "job:43"]}, Silence.NOT_ONE),
        ({"receivers": ["job:1", "job:2"]}, {}, Silence.NOT_ONE),
        (ACME, {"receiver": "job:43"}, Silence.NOT_COUNTED),
        ({"owner": "nobody"}, {}, Silence.NOT_COUNTED),
        ({"receivers": ["profile:7"]}, {}, Silence.PEOPLE),
        ({"owner": "talents"}, {}, Silence.PEOPLE),
        ({"receivers": ["story:1"]}, {}, Silence.NO_COHORT),
    ],
)
def test_where_nothing_is_told_it_says_why(
    market: Any, put: Any, insert: Any, night: Any, ask: Any, grant: Any, query: Any, reason: str
) -> None:
    market()
    put([{"type": "profile", "id": "7", "owner": "talents"}, {"type": "story", "id": "1", "owner": "acme"}])
    insert(events("story:1", datetime.now(BERLIN) - timedelta(days=8), 5, 5, 5))
    night()
    peers = ask(grant, **query)
    assert (peers["reason"], peers["measures"], peers["advice"]) == (reason, [], [])
    assert peers["note"]


def test_a_new_owner_is_not_told_what_the_one_before_was(market: Any, put: Any, night: Any, ask: Any) -> None:
    market()
    night()
    put([{"type": "job", "id": "42", "owner": "globex"}])
    assert ask({"owner": "globex"}, receiver="job:42")["reason"] == Silence.NO_COHORT


def test_advice_comes_along(market: Any, night: Any, ask: Any) -> None:
    market(impressions=2_000, views=200, applications=60)
    night()
    (said,) = ask(ACME, receiver="job:42")["advice"]
    assert said == {
        "receiver": "job:42", "title": "Job 42", "key": "seen-not-opened", "own": 0.1, "peers": 0.26,
        "sentence": "seen often, opened rarely: 10% against 26% of similar ones; look at title and picture",
    }  # fmt: skip
