"""The auditor of the scenarios finds what is missing, too much, somebody else's, late, or refused."""

from __future__ import annotations

import secrets
import time
import uuid
from typing import Any

import pytest

from fixtures.auditor import Auditor
from fixtures.cast import ago, event


def seven(**fields: Any) -> dict[str, Any]:
    """An event of this moment under a UUIDv7 (RFC 9562, section 5.7)."""
    id_ = uuid.UUID(int=int(time.time() * 1000) << 80 | 7 << 76 | 2 << 62 | secrets.randbits(60))
    return event(id=str(id_), occurred_at=ago(seconds=0), **fields)


@pytest.fixture
def told(sql: Any, engine: object) -> Auditor:
    """An auditor that was told of a click and a view."""
    auditor = Auditor(sql)
    auditor.expects("click", "job:42", now=True)
    auditor.expects("view", "job:42")
    return auditor


def test_what_is_as_it_was_told_has_no_fault(told: Auditor, verdicts: Any) -> None:
    events = seven(name="click"), seven()
    verdicts(*events)
    verdicts(*events)
    assert told.faults() == []


FAULTS = {
    "one is missing": ([{"name": "click"}], "1 expected, 0 stored"),
    "one is too much": ([{"name": "click"}, {}, {}], "1 expected, 2 stored"),
    "another was meant": ([{"name": "click"}, {"receiver": "job:77"}], "0 expected, 1 stored"),
    "it was at another time": ([{"name": "click", "occurred_at": ago(seconds=9)}, {}], "in a scenario from"),
    "its id is by chance": ([{"name": "click", "id": str(uuid.uuid4())}, {}], "not a UUIDv7"),
    "one was refused": ([{"name": "click"}, {}, {"receiver": "job"}], "the ledger has 1 rejected"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(told: Auditor, verdicts: Any, fault: str) -> None:
    sent, named = FAULTS[fault]
    verdicts(*[seven() | fields for fields in sent])
    assert any(named in one for one in told.faults()), told.faults()


def test_one_event_under_two_times_is_named(told: Auditor, verdicts: Any) -> None:
    once = seven(name="click")
    verdicts(once, once | {"occurred_at": ago(seconds=1)}, seven())
    assert any("stored under two times" in one for one in told.faults())


def test_another_persons_is_named(told: Auditor, verdicts: Any, bob: str) -> None:
    verdicts(seven(name="click"))
    verdicts(seven(), token=bob)
    assert any("user-bob" in one for one in told.faults())
