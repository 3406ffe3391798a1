"""The replica answers and refuses as the primary does, and judges no rights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event
from fixtures.standin import COUNTING, StandIn, asking
from tracking.provenance import tokens

SUMMARY = "/v1/stats/summary?compare=none"


@pytest.fixture
def ask(app: Any, there: tuple[StandIn, str], acme: str) -> Iterator[Any]:
    yield from asking(app, there[1], acme)


TOKENS: dict[str, dict[str, Any]] = {
    "owner": {"owner": "acme"},
    "receivers": {"receivers": ["job:42", "job:1"]},
    "both": {"owner": "acme", "receivers": ["job:42", "job:77"]},
    "nobody": {"owner": "nobody"},
    "source": {},
}
ASKED = ["", "receiver=job:42", "receiver=job:77", "receiver=job:new", "owner=acme", "owner=globex", "owner=nobody"]
MORE = ["", "type=job", "name=view", "source=web&uniques=false"]


@pytest.mark.parametrize("whose", TOKENS)
def test_the_replica_answers_and_refuses_as_the_primary_does(
    app: Any, ask: Any, stand_in: StandIn, web: str, verdicts: Any, whose: str
) -> None:
    verdicts(event(), event(receiver="job:77", occurred_at=ago(hours=3)), event(receiver="job:1", name="click"))
    headers = bearer(tokens.mint(web, "stats", seconds=900, **TOKENS[whose]) if TOKENS[whose] else web)
    services = app.extensions["footfall"]
    alone = replace(services, counts=replace(services.counts, replica=None))
    to, told = datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat().replace("+", "%2B"), set()
    for endpoint, one, more in itertools.product(["summary", "top", "funnel", "overlap"], ASKED, MORE):
        if endpoint in {"funnel", "overlap"} and more not in {"", "type=job"}:
            continue
        path = f"/v1/stats/{endpoint}?from=2020-01-01&to={to}&{one}&{more}"
        path += "&and_receiver=job:77" if endpoint == "overlap" else ""
        before = stand_in.asked
        here = ask(path, headers)
        app.extensions["footfall"] = alone
        assert (here.status_code, essence(here)) == ((other := ask(path, headers)).status_code, essence(other)), path
        app.extensions["footfall"] = services
        told.add((here.status_code, stand_in.asked > before))
    assert (200, True) in told


def essence(response: Any) -> Any:
    return {key: value for key, value in response.json.items() if key != "request_id"}


def test_the_primary_judges_who_owns_a_receiver(ask: Any, stand_in: StandIn, sql: Any, verdicts: Any) -> None:
    """What is given to another owner is seen no more at once, also if the replica does not know of it."""
    verdicts(event())
    assert ask(SUMMARY).json["events"] == 1
    sent = []
    stand_in.said = lambda data: sent.append(data) or StandIn.said(stand_in, data)  # type: ignore[method-assign]
    assert ask(SUMMARY).json["events"] == 1
    counted = next(data for data in sent if COUNTING in data)
    assert b"job:42" in counted  # a list of receivers
    assert b"acme" not in counted
    sql("update tracking.receivers set owner = 'globex'")
    assert ask(SUMMARY).json["events"] == 0
    assert ask(f"{SUMMARY}&receiver=job:42").status_code == 403
