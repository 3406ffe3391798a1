"""A funnel's steps are events one after another; and a word means the same in every answer."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.cast import ALICE, BOB, bearer, event
from tracking.ingest.bulk import Bulk, Tally

DAY = {"from": "2026-06-01", "to": "2026-06-01"}


@pytest.fixture
def happened(engine: Any, settings: Any) -> Any:
    """Stores (time of the day, name) of a creator on job 42, or another receiver."""

    def store(*acts: tuple[str, str], creator: str = ALICE, receiver: str = "job:42") -> None:
        tally = Tally()
        sent = [
            event(
                id=f"{n} {creator} {receiver}",
                name=name,
                creator=creator,
                receiver=receiver,
                occurred_at=f"2026-06-01T{at}Z",
            )
            for n, (at, name) in enumerate(acts)
        ]
        Bulk(engine, settings, "web").write(sent, tally)
        assert tally.counts == {"accepted": len(acts)}

    return store


@pytest.fixture
def ask(client: Any, acme: str) -> Any:
    def get(endpoint: str, **query: Any) -> dict[str, Any]:
        response = client.get(f"/v1/stats/{endpoint}", query_string=DAY | query, headers=bearer(acme))
        assert response.status_code == 200, response.text
        return response.json

    return get


@pytest.mark.parametrize(
    ("acts", "steps", "came"),
    [
        ([("10:00:00", "click")], ["click", "click", "click"], [1, 0, 0]),
        ([("10:00:00", "click"), ("10:00:05", "click"), ("10:00:09", "click")], ["click", "click", "click"], [1, 1, 1]),
        ([("10:00:00", "click"), ("10:00:05", "click")], ["click", "click", "click"], [1, 1, 0]),
        # one event is one step, also where its name is of both
        ([("10:00:00", "click__save")], ["click", "click__save"], [1, 0]),
        ([("10:00:00", "click__save")], ["click__*", "click"], [1, 0]),
        ([("10:00:00", "click"), ("10:00:05", "click__save")], ["click", "click__save"], [1, 1]),
        ([("10:00:00", "click__save"), ("10:00:05", "click")], ["click", "click__save"], [1, 0]),
        ([("10:00:00", "click__save"), ("10:00:05", "click__save")], ["click", "click__save"], [1, 1]),
        # at one instant: another name, and of no step before
        ([("10:00:00", "view"), ("10:00:00", "click")], ["view", "click"], [1, 1]),
        ([("10:00:00", "click"), ("10:00:00", "view")], ["view", "click"], [1, 1]),
        ([("10:00:00", "click"), ("10:00:00", "click")], ["click", "click"], [1, 0]),
        ([("10:00:00", "view"), ("10:00:00", "click")], ["view", "click", "view"], [1, 1, 0]),
        ([("10:00:00", "view"), ("10:00:00", "click"), ("10:00:01", "view")], ["view", "click", "view"], [1, 1, 1]),
        # the order counts
        ([("10:00:00", "click"), ("10:00:05", "view")], ["view", "click"], [1, 0]),
        ([("10:00:00", "a"), ("10:00:01", "b"), ("10:00:02", "c"), ("10:00:03", "d"), ("10:00:04", "e"),
          ("10:00:05", "f")], ["a", "b", "c", "d", "e", "f"], [1, 1, 1, 1, 1, 1]),
    ],
)  # fmt: skip
def test_each_step_is_another_event_and_later(
    happened: Any, ask: Any, acts: list[tuple[str, str]], steps: list[str], came: list[int]
) -> None:
    happened(*acts)
    assert [step["creators"] for step in ask("funnel", step=steps)["steps"]] == came


def test_steps_on_two_receivers_do_not_make_one_way(happened: Any, ask: Any, sql: Any) -> None:
    sql("insert into tracking.receivers (receiver_type, receiver_id, owner) values ('job', '43', 'acme')")
    happened(("10:00:00", "view"))
    happened(("11:00:00", "click"), receiver="job:43")
    happened(("10:00:00", "view"), ("11:00:00", "click"), creator=BOB)
    assert [step["creators"] for step in ask("funnel", step=["view", "click"])["steps"]] == [2, 1]


def test_views_are_the_same_number_wherever_the_word_stands(happened: Any, ask: Any) -> None:
    """Summary, timeseries, breakdown and funnel: view is view and view__*."""
    happened(("10:00:00", "view"), ("10:10:00", "view__photo"), ("10:20:00", "click"), ("10:30:00", "viewer"))
    happened(("10:00:00", "view__photo"), ("10:05:00", "click__save"), creator=BOB)
    steps = {step["step"]: step["events"] for step in ask("funnel")["steps"]}
    parts = {part["value"]: part["events"] for part in ask("breakdown", by="action")["parts"]}
    for action, events in {"view": 3, "click": 2}.items():
        assert ask("summary", action=action)["events"] == events
        assert ask("timeseries", action=action)["events"] == events
        assert steps[action] == parts[action] == events


def test_steps_that_nobody_sent_do_not_make_a_funnel_of_zeros(happened: Any, ask: Any) -> None:
    happened(("10:00:00", "view"), ("10:10:00", "click"))
    answer = ask("funnel")
    assert answer["left_out"] == ["impression"]
    assert [(step["step"], step["events"], step["creators"], step["rate"]) for step in answer["steps"]] == [
        ("view", 1, 1, None), ("click", 1, 1, 1.0), ("click__application*", 0, 0, 0.0),
    ]  # fmt: skip
    assert answer["ctr"] is None
    asked_for = ask("funnel", step=["impression", "view", "click"])
    assert [step["creators"] for step in asked_for["steps"]] == [0, 0, 0]
    assert asked_for["left_out"] == []


def test_where_nothing_was_sent_no_step_is_left_out(ask: Any, receivers: None) -> None:
    answer = ask("funnel")
    assert (answer["left_out"], len(answer["steps"])) == ([], 4)


def test_a_step_sent_after_all_is_not_left_out(happened: Any, ask: Any) -> None:
    """Bob saw it in a list, Alice came by another way: of the first step there is somebody."""
    happened(("10:00:00", "view"), ("10:10:00", "click"))
    happened(("10:00:00", "impression"), creator=BOB)
    answer = ask("funnel")
    assert answer["left_out"] == []
    assert [step["creators"] for step in answer["steps"]] == [1, 0, 0, 0]
    assert [step["events"] for step in answer["steps"]] == [1, 1, 1, 0]
