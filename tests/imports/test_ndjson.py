"""One event a line: what is not one is named, what has no id gets one."""

import json
from uuid import UUID

import pytest

from tracking.imports import UNFINISHED, Line, Parsed
from tracking.imports.ndjson import MAX_NESTING, parse

VIEW = {"occurred_at": "2026-11-24T10:00:00Z", "name": "view", "receiver": "job:42", "creator": "alice"}


def parsed(*texts: str) -> list[Parsed]:
    return list(parse(Line(number, number * 100, text) for number, text in enumerate(texts, 1)))


def ids(*texts: str) -> list[str]:
    return [one.event["id"] for one in parsed(*texts) if one.event]


def nested(depth: int) -> str:
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


def test_an_event_with_an_id_comes_out_as_it_is() -> None:
    event = {"id": "node-next-17", **VIEW, "properties": {"deep": [1, 2.5, None, "ü"]}, "source": "web"}
    assert parsed(json.dumps(event)) == [Parsed(1, 100, event)]


def test_blank_lines_are_no_events_and_keep_their_numbers() -> None:
    assert [(one.line, one.progress) for one in parsed("", " \t", json.dumps(VIEW), "")] == [(3, 300)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "not JSON: Expecting value at position 1"),
        ('{"name": "vi', "not JSON: Unterminated string starting at position 10"),
        ('{"a": 1} {"b": 2}', "not JSON: Extra data at position 10"),
        ('{"a": "\x01"}', "not JSON: Invalid control character at position 8"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": [-Infinity]}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "the number 1e999 is too big"),
        ('{"a": ' + "9" * 5000 + "}", "the number " + "9" * 40 + "… is too big"),
        ("[]", "a list, where a JSON object was expected"),
        ("null", "null, where a JSON object was expected"),
        ("true", "a boolean, where a JSON object was expected"),
        ("17", "a number, where a JSON object was expected"),
        ('"view"', "a string, where a JSON object was expected"),
        (nested(MAX_NESTING + 1), "nested deeper than 20 levels"),
        ('{"a":' + "[" * 500_000, "nested deeper than 20 levels"),
    ],
)
def test_a_bad_line_is_reported_and_the_next_is_read(text: str, problem: str) -> None:
    bad, good = parsed(text, json.dumps(VIEW))
    assert bad == Parsed(1, 100, problem=problem, is_foreign=True)
    assert good.event is not None


def test_an_object_is_whole_where_it_is_closed_and_else_it_may_still_be_being_written() -> None:
    whole = json.dumps(VIEW)
    for text, excluded in ((whole, None), (whole[:-1], UNFINISHED), (whole[:-3], UNFINISHED)):
        [one] = parse([Line(1, 100, text, is_ended=False)])
        assert (one.excluded, bool(one.event), one.problem) == (excluded, excluded is None, None)
    [half_a_letter] = parse([Line(1, 100, "", "not UTF-8: byte 0xc3 at position 9", is_ended=False)])
    assert half_a_letter.excluded == UNFINISHED


def test_many_brackets_side_by_side_are_not_deep() -> None:
    flat = json.dumps({"id": "1", "properties": {"list": [[] for _ in range(100)]}})
    for text in (flat, nested(MAX_NESTING)):
        assert parsed(text)[0].problem is None


def test_without_an_id_the_content_gives_one_whatever_its_order_and_spacing() -> None:
    shuffled = json.dumps(dict(reversed(VIEW.items())), indent=None, separators=(" , ", " : "))
    assert ids(json.dumps(VIEW)) == ids(shuffled) == ids(json.dumps({"id": None, **VIEW}))
    assert UUID(ids(json.dumps(VIEW))[0]).version == 5


def test_identical_lines_are_events_of_their_own_and_the_same_ones_the_next_time() -> None:
    one, other = json.dumps(VIEW), json.dumps({**VIEW, "creator": "bob"})
    first = ids(one, one, other, one)
    assert len(set(first)) == 4
    assert ids(one, one, other, one) == first
    assert sorted(ids(other, one, one, one)) == sorted(first)


def test_the_ids_have_not_changed() -> None:
    """A golden value: if it changes, everything imported before would be counted again."""
    assert ids(json.dumps(VIEW), json.dumps(VIEW)) == [
        "2974a418-c1f4-5272-99df-f45aa49fcbb6",
        "48f459f9-e11a-5628-8882-cca59a49721f",
    ]


def test_a_lone_surrogate_is_left_to_the_validation() -> None:
    assert parsed('{"name": "\\ud800"}')[0].event is not None
