"""An event's properties are held against the schema of its name, and its mode says what becomes of what does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.cast import ALICE, event
from tracking.catalogue import event_types
from tracking.catalogue.plan_schemas import EventTypesSchema
from tracking.catalogue.windows import Windows

PAGE = {"type": "object", "properties": {"page": {"type": "string"}, "price": {"type": "number"}}, "required": ["page"]}
FITS = {"page": "/jobs/42"}
MISSING = {"field": "properties/page", "reason": "missing"}


@pytest.fixture
def plan(engine: Any, app: Any) -> Any:
    """Writes entries, and lets the app know at once."""

    def put(*entries: Any) -> None:
        with engine.begin() as connection:
            event_types.put(connection, EventTypesSchema().load({"event_types": entries})["event_types"])
        app.extensions["footfall"].intake.windows.snapshot.expire()

    return put


@pytest.fixture
def faults(sql: Any) -> Any:
    return lambda: sql("select source, name, mode, field, reason, events from tracking.property_faults order by 2, 4")


def said(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return answer.json["verdicts"]


def test_rejected_is_told_by_field_and_reason_and_kept(plan: Any, post: Any, sql: Any) -> None:
    plan({"name": "view", "schema": PAGE, "mode": "reject"})
    sent = event(properties={"price": 1})
    assert said(post(sent, event(properties=FITS), event(name="click"))) == [
        {"verdict": "rejected", **MISSING}, {"verdict": "accepted"}, {"verdict": "accepted"},
    ]  # fmt: skip
    ((cause, name, creator, field, payload),) = sql(
        "select cause, name, creator, field, payload from tracking.rejected_events"
    )
    assert (cause, name, creator, field) == ("schema", "view", ALICE, "properties/page")
    assert json.loads(payload)["id"] == sent["id"]


def test_no_properties_are_an_empty_object(plan: Any, post: Any) -> None:
    plan({"name": "view", "schema": PAGE, "mode": "reject"})
    assert said(post(event(), event(properties=None), event(properties={}))) == [{"verdict": "rejected", **MISSING}] * 3


def test_a_warning_leaves_the_verdict_as_it_was(plan: Any, post: Any, faults: Any) -> None:
    plan({"name": "view", "schema": PAGE, "mode": "warn", "repeat_window_seconds": 60})
    warning = {"warning": "properties/page: missing"}
    first = event()
    assert said(post(event(properties=FITS), first, event(name="click"), first)) == [
        {"verdict": "accepted"}, {"verdict": "repeat", **warning}, {"verdict": "accepted"},
        {"verdict": "duplicate", **warning},
    ]  # fmt: skip
    assert faults() == [("web", "view", "warn", "properties/page", "missing", 1)]  # the retry is no other fault


def test_what_is_observed_is_counted_and_not_told(plan: Any, post: Any, faults: Any) -> None:
    plan({"name": "view", "schema": PAGE})
    wrong = event(properties={"page": 1})
    assert said(post(event(), event(), wrong, event(properties=FITS))) == [{"verdict": "accepted"}] * 4
    assert said(post(wrong)) == [{"verdict": "duplicate"}]
    assert faults() == [
        ("web", "view", "observe", "properties/page", "expected a string", 1),
        ("web", "view", "observe", "properties/page", "missing", 2),
    ] or faults() == [
        ("web", "view", "observe", "properties/page", "missing", 2),
        ("web", "view", "observe", "properties/page", "expected a string", 1),
    ]


def test_before_its_date_reject_is_warn(plan: Any, post: Any, sql: Any) -> None:
    """The first day begins at midnight of the reporting timezone, by the clock of the database."""
    ((today, tomorrow),) = sql(
        "select day, day + 1 from (select (now() at time zone 'Europe/Berlin')::date as day) as today"
    )
    for since, verdict in ((tomorrow, "accepted"), (today, "rejected")):
        plan({"name": "view", "schema": PAGE, "mode": "reject", "from": str(since)})
        ((now,),) = sql("select (now() at time zone 'Europe/Berlin')::date")
        verdicts = {one["verdict"] for one in said(post(event()))}
        assert verdicts == {verdict} or now != today


def test_a_name_without_an_entry_has_the_schema_of_its_action(plan: Any, verdicts: Any) -> None:
    plan({"name": "click__*", "schema": PAGE, "mode": "reject"}, {"name": "click__free"})
    sent = [event(name=name) for name in ("click__save", "click__free", "click", "view")]
    assert verdicts(*sent) == ["rejected", "accepted", "accepted", "accepted"]


def test_a_mended_schema_holds_for_the_next_event(plan: Any, verdicts: Any) -> None:
    plan({"name": "view", "schema": PAGE, "mode": "reject"})
    assert verdicts(event()) == ["rejected"]
    plan({"name": "view", "schema": PAGE | {"required": []}, "mode": "reject"})
    assert verdicts(event()) == ["accepted"]
    plan({"name": "view"})
    assert verdicts(event(properties={"page": 1})) == ["accepted"]


def test_a_schema_is_compiled_once(plan: Any, engine: Any, monkeypatch: Any) -> None:
    """Every two seconds the rules are read anew: what did not change is not compiled again, nor even read."""
    plan({"name": "view", "schema": PAGE, "mode": "warn"}, {"name": "click", "schema": PAGE})
    windows = Windows(engine)
    before = windows.current()
    windows.snapshot.expire()
    plan({"name": "seen", "schema": PAGE})
    after = windows.current()
    assert after is not before
    assert before["view"].check.validator is after["view"].check.validator is after["seen"].check.validator


def test_a_schema_that_does_not_compile_stops_no_event(plan: Any, sql: Any, verdicts: Any) -> None:
    plan({"name": "click", "schema": PAGE, "mode": "reject"})
    sql("insert into tracking.event_types (name, property_schema, schema_digest, mode)"
        " values ('view', '{\"type\": \"nope\"}', 'x', 'reject')")  # fmt: skip
    assert verdicts(event(), event(name="click")) == ["accepted", "rejected"]


def test_no_value_of_an_event_is_in_what_is_told(plan: Any, post: Any) -> None:
    """Reasons are kept for 30 days and shown to developers."""
    secret = "alice@mail.example"
    plan({"name": "view", "mode": "reject", "schema": {"properties": {
        "a": {"type": "number"}, "b": {"enum": ["x"]}, "c": {"pattern": "^x"}, "d": {"anyOf": [{"type": "null"}]},
        "e": {"not": {"type": "string"}}, "f": {"format": "uuid"}, "g": {"maxLength": 1}}}})  # fmt: skip
    answer = post(*(event(properties={name: secret}) for name in "abcdefg"))
    assert [one["field"] for one in said(answer)] == [f"properties/{name}" for name in "abcdefg"]
    assert secret not in answer.text


def test_a_crawlers_event_is_held_against_it_too(plan: Any, post: Any) -> None:
    plan({"name": "view", "schema": PAGE, "mode": "reject"})
    bot = {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    assert said(post(event(), event(properties=FITS), headers=bot)) == [
        {"verdict": "rejected", **MISSING}, {"verdict": "bot"},
    ]  # fmt: skip
