"""What a run says of verdicts and counts that are not as they should be, and when it asks again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tracking.conformance.masks import Mask
from tracking.conformance.moments import Clock
from tracking.conformance.run import Outcome, ask, write
from tracking.conformance.vectors import Counts, Step, Vector

NOW = datetime.now(UTC)
EMPTY = {"final_until": None, "to": "2026-01-01", "compared": None, "change": None}
TWO = Vector(
    rule="3.1",
    says="two views",
    events=[
        Step(at="10:00:00", verdict="accepted"),
        Step(at="10:01:00", verdict="accepted"),
        Step(at="10:00:00", fields={"receiver": "job"}, verdict="rejected", field="name"),
    ],
    counts=Counts(2, 1),
)


@pytest.fixture
def outcome() -> Outcome:
    clock = Clock(NOW.date() - timedelta(days=2), lambda: NOW, lambda: NOW)
    return Outcome(TWO, Mask("t", {"web": "web"}), clock)


def test_what_differs_is_said_with_what_was_expected(here: Any, outcome: Outcome) -> None:
    write(outcome, here)
    ask([outcome], here, written=NOW - timedelta(hours=1))
    day = (NOW.date() - timedelta(days=2)).isoformat()
    repeat, rejected, counts = outcome.differs
    assert repeat == f"event 2, view at {day}T10:01:00+00:00: accepted expected, repeat found"
    assert rejected.startswith(
        f"event 3, view at {day}T10:00:00+00:00: rejected (name) expected, rejected (receiver: expected"
    )
    assert counts == "summary: {'events': 2, 'creators': 1} expected, {'events': 1, 'creators': 1} found"


def test_an_answer_from_before_the_events_is_asked_for_again(here: Any, outcome: Outcome, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracking.conformance.run.AGAIN", 0)
    answers = [
        ({"events": 0, "creators": 0}, -60),
        ({"events": 1, "creators": 1}, -30),
        ({"events": 2, "creators": 1}, 1),
    ]
    told = iter(answers)

    def replica(*_: Any) -> Any:
        answer, seconds = next(told)
        return answer | EMPTY, NOW + timedelta(seconds=seconds)

    monkeypatch.setattr(here, "ask", replica)
    ask([outcome], here, written=NOW, patience=60)
    assert (outcome.differs, list(told)) == ([], [])


def test_who_has_no_patience_is_told_that_the_answer_is_old(here: Any, outcome: Outcome, monkeypatch: Any) -> None:
    old = {"events": 0, "creators": 0} | EMPTY
    monkeypatch.setattr(here, "ask", lambda *_: (old, NOW - timedelta(seconds=60)))
    ask([outcome], here, written=NOW)
    assert outcome.differs[1].startswith("the answer is older than the events: as of ")


def test_an_answer_of_another_form_is_a_difference(here: Any, outcome: Outcome, monkeypatch: Any) -> None:
    monkeypatch.setattr(here, "ask", lambda *_: ({"hello": "world"}, NOW))
    ask([outcome], here, written=NOW)
    assert outcome.differs == ["summary: {'events': 2, 'creators': 1} expected, an answer of another form found"]


def test_times_of_vectors() -> None:
    clock = Clock(
        date(2026, 3, 1), lambda: datetime(2026, 2, 22, 9, tzinfo=UTC), lambda: datetime(2026, 3, 1, 9, tzinfo=UTC)
    )
    assert [
        clock.text(at) for at in ("10:00:00", "-1d 23:59:59.999999", "+1d 01:00:00+05:30", "oldest-1us", "newest+1h")
    ] == [
        "2026-03-01T10:00:00+00:00",
        "2026-02-28T23:59:59.999999+00:00",
        "2026-03-02T01:00:00+05:30",
        "2026-02-22T08:59:59.999999+00:00",
        "2026-03-01T10:00:00+00:00",
    ]
    assert list(clock.texts(Step(at="10:00:00", times=3, every=0.5)))[2] == "2026-03-01T10:00:01+00:00"
    for wrong in ("tomorrow", "10:00", "1d", "oldest 1h"):
        with pytest.raises(ValueError, match="is no time of a vector"):
            clock.text(wrong)
