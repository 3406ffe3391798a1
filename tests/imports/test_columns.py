"""Tables and objects whose columns have other names than ours."""

import json

import pytest

from tracking.imports import Event, Line, Unreadable, csvfile, ndjson
from tracking.imports.columns import Columns, given

VIEW = {"occurred_at": "2026-11-24T10:00:00Z", "name": "view", "receiver": "job:42", "creator": "4711"}
TEXT = ["2026-11-24 10:00:00+00", "view", "job:42", "4711"]


def table(columns: Columns, *rows: list[str]) -> list[Event | str | None]:
    lines = [Line(number, number, ";".join(cells)) for number, cells in enumerate(rows, 1)]
    return [without_id(one.event) or one.problem for one in csvfile.parse(lines, columns)]


def objects(columns: Columns, *found: Event) -> list[Event | str | None]:
    lines = [Line(number, number, json.dumps(one)) for number, one in enumerate(found, 1)]
    return [without_id(one.event) or one.problem for one in ndjson.parse(lines, columns)]


def without_id(event: Event | None) -> Event | None:
    return event and {key: value for key, value in event.items() if key != "id"}


def named(*pairs: str) -> Columns:
    return Columns(given(pairs))


def test_columns_are_what_they_are_said_to_be_and_the_rest_is_left_out() -> None:
    columns = named("occurred_at=ts", "creator=user", "properties.colour=colour")
    header = ["ts", "name", "receiver", "user", "colour", "shape", "time", "source"]
    cells = [*TEXT, "red", "round", "later", "newsletter"]
    assert table(columns, header, cells) == [{**VIEW, "properties": {"colour": "red"}}]
    assert objects(columns, dict(zip(header, cells, strict=True))) == [{**VIEW, "properties": {"colour": "red"}}]


def test_without_any_said_an_unknown_column_is_a_mistake() -> None:
    with pytest.raises(Unreadable, match="unknown: shape"):
        table(Columns(), ["time", "name", "receiver", "creator", "shape"], [*TEXT, "round"])


def test_a_column_that_was_said_and_is_not_there_is_a_mistake() -> None:
    with pytest.raises(Unreadable, match=r"missing: occurred_at, ts \(of --column\)"):
        table(named("occurred_at=ts"), ["time", "name", "receiver", "creator"], TEXT)


def test_a_receiver_may_be_put_together() -> None:
    columns = named("receiver_type=kind", "receiver_id=nr")
    assert table(columns, ["time", "name", "kind", "nr", "creator"], [*TEXT[:2], "job", "42", "4711"]) == [VIEW]


def test_objects_have_other_keys_and_numbers_for_ids() -> None:
    columns = named(
        "occurred_at=ts", "creator=user", "receiver_type=kind", "receiver_id=nr", "properties.colour=colour"
    )
    found = {"ts": 1795514400, "name": "view", "kind": "job", "nr": 42, "user": 4711, "colour": 3, "shape": "round"}
    assert objects(columns, found) == [{**VIEW, "properties": {"colour": 3}}]


def test_what_is_added_to_properties_needs_an_object_to_be_added_to() -> None:
    columns = named("properties.colour=colour")
    assert objects(columns, {**VIEW, "properties": {"a": 1}, "colour": 3}, {**VIEW, "properties": [], "colour": 3}) == [
        {**VIEW, "properties": {"a": 1, "colour": 3}},
        {**VIEW, "properties": {"colour": 3}},
    ]
    [said] = objects(columns, {**VIEW, "properties": [1], "colour": 3})
    assert said == "properties: not an object, so nothing can be added to it"


def test_a_time_that_is_none_is_named_by_its_field() -> None:
    assert objects(Columns(), {**VIEW, "occurred_at": "2026-11-24 10:00:00"})[0] == (
        "occurred_at: [2026-11-24 10:00:00] has no offset from UTC; give its timezone with --timezone, such as Europe/Berlin"
    )
    assert objects(Columns(), {**VIEW, "occurred_at": "noon"})[0] == "occurred_at: [noon] is not a time"


@pytest.mark.parametrize("time", ["2026-11-24T10:00Z", "2026-11-24T11:00+01:00", "2026-11-24T10:00:00,000Z"])
def test_a_time_that_the_validation_would_refuse_is_written_anew(time: str) -> None:
    assert objects(Columns(), {**VIEW, "occurred_at": time}) == [VIEW]


@pytest.mark.parametrize("time", ["2026-11-24T10:00:00Z", "2026-11-24T11:00:00+01:00", "0001-01-01T00:00:00Z"])
def test_a_time_as_it_is_on_the_wire_is_left_as_it_is_written(time: str) -> None:
    """Ids follow from the content: what was imported before must not get another one."""
    assert objects(Columns(), {**VIEW, "occurred_at": time}) == [{**VIEW, "occurred_at": time}]


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (["ts"], "'ts' is not of the form TARGET=COLUMN"),
        (["occurred_at="], "is not of the form TARGET=COLUMN"),
        (["when=ts"], "'when' is no part of an event; these are: occurred_at, id"),
        (["properties.=x"], "'properties.' is no part of an event"),
        (["name=a", "creator=a"], "'creator=a': a is given twice"),
        (["name=a", "name=b"], "'name=b': name is given twice"),
    ],
)
def test_a_column_that_is_said_wrongly_is_refused(pairs: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        given(pairs)
    assert reason in str(refusal.value)


def test_a_name_may_hold_an_equals_sign() -> None:
    assert given(["occurred_at=a=b"]) == {"a=b": "occurred_at"}


def test_what_is_too_big_is_refused_by_itself() -> None:
    """A thousand events are held at once."""
    big = "x" * (ndjson.MAX_EVENT // 2)
    assert str(objects(Columns(), {**VIEW, "properties": {"a": big, "b": big}})[0]).startswith("the event has 131,")
    header = ["time", "name", "receiver", "creator", "properties.a", "properties.b"]
    assert str(table(Columns(), header, [*TEXT, big, big])[0]).startswith("the event has 131,")
    with pytest.raises(Unreadable, match=r"names 1,004 columns; the most is 1,000"):
        table(Columns(), [*header[:4], *(f"properties.{n}" for n in range(1_000))])
