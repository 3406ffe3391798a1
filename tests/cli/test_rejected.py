"""`rejected`: what was put aside can be listed, read, and taken again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.cast import ago, event


@pytest.fixture
def refused(verdicts: Any, sql: Any) -> list[int]:
    """The numbers of four rejected events: two by name, one of an unknown field, one too old."""
    sql("update tracking.sources set names = '{view}'")
    sent = [
        event(name="click"),
        event(name="click__a"),
        event(**{"size\x07": "\x07"}),
        event(occurred_at=ago(days=300)),
    ]
    assert verdicts(*sent) == ["rejected"] * 4
    sql("update tracking.sources set names = '{}'")
    return [number for (number,) in sql("select id from tracking.rejected_events order by id")]


def test_the_list_says_what_was_put_aside_and_why(footfall: Any, refused: list[int]) -> None:
    rows = json.loads(footfall("rejected", "list", "--json").output)
    assert [row["id"] for row in rows] == refused[::-1]
    assert [(row["name"], row["cause"], row["field"]) for row in rows[::-1]] == [
        ("click", "name", "name"), ("click__a", "name", "name"), ("view", "invalid", "size\x07"), ("view", "time", "occurred_at"),
    ]  # fmt: skip
    for options, count in (
        (("--cause", "name"), 2),
        (("--name", "view"), 2),
        (("--source", "ios"), 0),
        (("--limit", "1"), 1),
    ):
        assert len(json.loads(footfall("rejected", "list", "--json", *options).output)) == count
    said = footfall("rejected", "list").output
    assert "\x07" not in said
    assert len(said.splitlines()) == 5
    assert "not among the names that this source may send" in said
    assert footfall("rejected", "list", "--source", "ios").output == "nothing was put aside\n"


def test_one_is_shown_whole_and_cannot_command_the_terminal(footfall: Any, refused: list[int]) -> None:
    said = footfall("rejected", "show", str(refused[2])).output
    assert "\x07" not in said
    assert "Unknown field" in said
    shown = json.loads(footfall("rejected", "show", str(refused[2]), "--json").output)
    assert json.loads(shown["payload"])["size\x07"] == "(not kept)"
    assert "see rejected list" in footfall("rejected", "show", "999999999", exits=1).output


def test_what_is_mended_is_taken_again_and_the_ledger_shows_it(footfall: Any, refused: list[int]) -> None:
    assert footfall("rejected", "retry", str(refused[0])).output == "1 taken again: 1 accepted\n"
    assert json.loads(footfall("rejected", "retry", "--json").output) == {"verdicts": {"accepted": 1}, "reasons": {}}
    assert footfall("rejected", "retry").output == "0 taken again\n"
    rows = json.loads(footfall("ledger", "--json").output)
    assert rows["balances"]
    assert [(row["name"], row["accepted"], row["rejected"]) for row in rows["rows"]] == [
        ("click", 1, 1), ("click__a", 1, 1), ("view", 0, 2),
    ]  # fmt: skip
    assert "(retried)" in footfall("rejected", "list").output


def test_what_stays_rejected_says_why(footfall: Any, refused: list[int], sql: Any) -> None:
    sql("update tracking.sources set strict = true")
    said = footfall("rejected", "retry").output
    assert said.splitlines() == [
        "0 taken again", "2 stay rejected", "       2  name: not in the catalogue, and this source may only send what is",
    ]  # fmt: skip


def test_what_no_catalogue_mends_is_refused_by_its_number(footfall: Any, refused: list[int]) -> None:
    said = footfall("rejected", "retry", str(refused[0]), str(refused[3]), exits=1).output
    assert said == f"Error: {refused[3]} cannot be retried: its cause is time, not name or schema\n"
    footfall("rejected", "retry", str(refused[0]))
    assert "already" in footfall("rejected", "retry", str(refused[0]), exits=1).output
    assert "see rejected list" in footfall("rejected", "retry", "999999999", exits=1).output
