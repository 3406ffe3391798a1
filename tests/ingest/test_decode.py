"""A bad event is rejected with its field and reason, at its place; its neighbours go in."""

import json
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event
from tracking.ingest import decode

GOOD = json.dumps(event())
WHEN = ago(minutes=5)


def with_field(field: str, text: str) -> str:
    """A valid event as JSON text, but for one field, which is put there as it is written."""
    rest = {name: value for name, value in event().items() if name != field}
    return json.dumps(rest)[:-1] + f', "{field}": {text}}}'


def nested(depth: int) -> str:
    """An object so many levels deep."""
    return '{"a":' * depth + "1" + "}" * depth


BODIES = {
    "empty": (b"", "invalid-json"),
    "blank": (b"  \n", "invalid-json"),
    "not JSON": (b"events=1", "invalid-json"),
    "HTML": (b"<html></html>", "invalid-json"),
    "cut off": (b'{"events": [' + GOOD.encode(), "invalid-json"),
    "two documents": (b'{"events": []}{"events": []}', "invalid-json"),
    "trailing comma": (b'{"events": [' + GOOD.encode() + b",]}", "invalid-json"),
    "single quotes": (b"{'events': []}", "invalid-json"),
    "UTF-16": ('{"events": []}'.encode("utf-16"), "invalid-json"),
    "invalid UTF-8": (b'{"events": [{"name": "\xff\xfe"}]}', "invalid-json"),
    "UTF-8 of a surrogate": (b'{"events": [{"name": "\xed\xa0\x80"}]}', "invalid-json"),
    "overlong UTF-8": (b'{"events": [{"name": "\xc0\x80"}]}', "invalid-json"),
    "NUL bytes": (b"\0\0\0\0", "invalid-json"),
    "nested 100,000 lists": (b"[" * 100_000, "invalid-json"),
    "nested 100,000 closed": (b"[" * 100_000 + b"]" * 100_000, "invalid-json"),
    "nested 100,000 objects in an event": (
        b'{"events": [' + with_field("properties", nested(100_000)).encode() + b"]}",
        "invalid-json",
    ),
    "null": (b"null", "invalid-envelope"),
    "a number": (b"1", "invalid-envelope"),
    "NaN": (b"NaN", "invalid-envelope"),
    "a text": (b'"events"', "invalid-envelope"),
    "a list": (b"[]", "invalid-envelope"),
    "a list of events": (f"[{GOOD}]".encode(), "invalid-envelope"),
    "an event without envelope": (GOOD.encode(), "invalid-envelope"),
    "an empty object": (b"{}", "invalid-envelope"),
    "events null": (b'{"events": null}', "invalid-envelope"),
    "events an object": (b'{"events": {}}', "invalid-envelope"),
    "events a text": (b'{"events": "[]"}', "invalid-envelope"),
    "extra envelope key": (f'{{"events": [{GOOD}], "sent_at": "{WHEN}"}}'.encode(), "invalid-envelope"),
    "envelope key in other case": (f'{{"Events": [{GOOD}]}}'.encode(), "invalid-envelope"),
    "no events": (b'{"events": []}', "no-events"),
    "too many events": (f'{{"events": [{",".join([GOOD] * 501)}]}}'.encode(), "too-many-events"),
    "too many events, one bad": (f'{{"events": [{",".join([GOOD] * 500)}, 1]}}'.encode(), "too-many-events"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_no_batch_is_a_400_and_stores_nothing(post: Any, stored: Any, case: str) -> None:
    body, kind = BODIES[case]
    response = post(body=body)
    assert (response.status_code, response.json["type"]) == (400, f"/problems/{kind}")
    assert response.content_type == "application/problem+json"
    assert stored() == []


NAME, RECEIVER, ID = "a letter, then", "TYPE:ID", "1 to 100 characters"
TIME = "time with its offset"
EVENTS = {
    "null": ("null", "", "JSON object"),
    "a number": ("1", "", "JSON object"),
    "a text": ('"view"', "", "JSON object"),
    "a list": ("[]", "", "JSON object"),
    "an empty object": ("{}", "name", "missing; expected a letter"),
    "no name": (json.dumps({k: v for k, v in event().items() if k != "name"}), "name", "missing; expected a letter"),
    "no receiver": (
        json.dumps({k: v for k, v in event().items() if k != "receiver"}),
        "receiver",
        "missing; expected TYPE:ID",
    ),
    "no time": (
        json.dumps({k: v for k, v in event().items() if k != "occurred_at"}),
        "occurred_at",
        "missing; expected a time",
    ),
    "unknown field": (json.dumps(event(colour="red")), "colour", "Unknown field"),
    "source in the body": (json.dumps(event(source="ios")), "source", "Unknown field"),
    "excluded in the body": (json.dumps(event(excluded="bot")), "excluded", "Unknown field"),
    "name null": (with_field("name", "null"), "name", "null"),
    "name a number": (with_field("name", "7"), "name", "string"),
    "name empty": (with_field("name", '""'), "name", NAME),
    "name too long": (with_field("name", json.dumps("n" * 101)), "name", NAME),
    "name with a line end": (with_field("name", r'"view\n"'), "name", NAME),
    "name in Greek": (with_field("name", '"θέα"'), "name", NAME),
    "name with NUL": (with_field("name", r'"vi\u0000ew"'), "name", "u0000"),
    "receiver without type": (with_field("receiver", '"42"'), "receiver", RECEIVER),
    "receiver without id": (with_field("receiver", '"job:"'), "receiver", RECEIVER),
    "receiver type in capitals": (with_field("receiver", '"Job:42"'), "receiver", RECEIVER),
    "receiver an object": (with_field("receiver", '{"type": "job", "id": "42"}'), "receiver", "string"),
    "receiver too long": (with_field("receiver", json.dumps("job:" + "4" * 201)), "receiver", RECEIVER),
    "receiver with NUL": (with_field("receiver", r'"job:4\u0000"'), "receiver", "u0000"),
    "id empty": (with_field("id", '""'), "id", ID),
    "id too long": (with_field("id", json.dumps("i" * 101)), "id", ID),
    "id a number": (with_field("id", "7"), "id", "string"),
    "id with NUL": (with_field("id", r'"a\u0000"'), "id", "u0000"),
    "time empty": (with_field("occurred_at", '""'), "occurred_at", TIME),
    "time a number": (with_field("occurred_at", "1795526020"), "occurred_at", TIME),
    "time null": (with_field("occurred_at", "null"), "occurred_at", "null"),
    "time without offset": (with_field("occurred_at", '"2026-11-24T10:00:00"'), "occurred_at", TIME),
    "time without time": (with_field("occurred_at", '"2026-11-24"'), "occurred_at", TIME),
    "time in words": (with_field("occurred_at", '"yesterday"'), "occurred_at", TIME),
    "time with a leap second": (with_field("occurred_at", '"2016-12-31T23:59:60Z"'), "occurred_at", TIME),
    "30 February": (with_field("occurred_at", '"2026-02-30T10:00:00Z"'), "occurred_at", TIME),
    "hour 25": (with_field("occurred_at", '"2026-11-24T25:00:00Z"'), "occurred_at", TIME),
    "offset of 99 hours": (with_field("occurred_at", '"2026-11-24T10:00:00+99:00"'), "occurred_at", TIME),
    "year 0": (with_field("occurred_at", '"0000-01-01T00:00:00Z"'), "occurred_at", TIME),
    "year 10000": (with_field("occurred_at", '"10000-01-01T00:00:00Z"'), "occurred_at", TIME),
    "year 1": (with_field("occurred_at", '"0001-01-01T00:00:00Z"'), "occurred_at", "too old"),
    "year 1, before it in UTC": (with_field("occurred_at", '"0001-01-01T00:00:00+23:59"'), "occurred_at", ""),
    "1970": (with_field("occurred_at", '"1970-01-01T00:00:00Z"'), "occurred_at", "too old"),
    "year 9999": (with_field("occurred_at", '"9999-12-31T23:59:59Z"'), "occurred_at", "future"),
    "year 9999, after it in UTC": (with_field("occurred_at", '"9999-12-31T23:59:59-23:59"'), "occurred_at", ""),
    "properties a list": (with_field("properties", "[]"), "properties", "not an object"),
    "properties a text": (with_field("properties", '"a"'), "properties", "not an object"),
    "properties 10 deep": (with_field("properties", nested(10)), "properties", "nested deeper"),
    "properties 10 lists deep": (
        with_field("properties", '{"a":' + "[" * 10 + "]" * 10 + "}"),
        "properties",
        "nested deeper",
    ),
    "context 10 deep": (with_field("context", nested(10)), "context", "nested deeper"),
    "properties 200 deep": (with_field("properties", nested(200)), "properties", "nested deeper"),
    "NaN": (with_field("properties", '{"a": NaN}'), "properties", "not finite"),
    "Infinity": (with_field("properties", '{"a": -Infinity}'), "properties", "not finite"),
    "1e999": (with_field("properties", '{"a": [1e999]}'), "properties", "not finite"),
    "5,000 digits": (with_field("properties", '{"a": ' + "9" * 5000 + "}"), "properties", "too many digits"),
    "5,000 digits below zero": (with_field("context", '{"a": -' + "9" * 5000 + "}"), "context", "too many digits"),
    "NaN for a name": (with_field("name", "NaN"), "name", "not finite"),
    "lone surrogate in a value": (with_field("properties", r'{"a": "\ud800"}'), "properties", "surrogate"),
    "lone surrogate in a key": (with_field("context", r'{"\udfff": 1}'), "context", "surrogate"),
    "lone surrogate in a name": (with_field("name", r'"view\ud83d"'), "name", "surrogate"),
    "lone surrogate in a field's name": (with_field(r"\ud800", "1"), "?", "surrogate"),
    "NUL in a value": (with_field("properties", r'{"a": "b\u0000c"}'), "properties", "u0000"),
    "NUL in a key": (with_field("properties", r'{"a\u0000": 1}'), "properties", "u0000"),
    "NUL in the context": (with_field("context", r'{"a": {"b": ["\u0000"]}}'), "context", "u0000"),
    "NUL in a field's name": (with_field(r"a\u0000", "1"), "a\0", "u0000"),
    "NUL after an escaped backslash": (with_field("properties", r'{"a": "\\\u0000"}'), "properties", "u0000"),
    "too big a row": (with_field("properties", json.dumps({"a": "x" * 20_000})), "properties", "bytes"),
    "creator of somebody else": (json.dumps(event(creator="user-bob")), "creator", "not the creator"),
}


@pytest.mark.parametrize("case", EVENTS)
def test_a_bad_event_is_rejected_with_field_and_reason_and_its_neighbours_go_in(
    post: Any, stored: Any, case: str
) -> None:
    text, field, reason = EVENTS[case]
    before, after = event(), event()
    response = post(body=f'{{"events": [{json.dumps(before)}, {text}, {json.dumps(after)}]}}'.encode())
    assert response.status_code == 200, response.text
    first, rejected, last = response.json["verdicts"]
    assert (first["verdict"], rejected["verdict"], last["verdict"]) == ("accepted", "rejected", "accepted")
    assert reason in rejected["reason"]
    assert rejected["reason"]
    assert rejected["field"] == field
    assert response.json["counts"] == {"accepted": 2, "rejected": 1}
    assert {row[0] for row in stored()} == {before["id"], after["id"]}


def test_an_event_of_more_fields_than_there_are_is_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each of its 10,000 would be written by itself, to find the one that cannot be stored."""
    written: list[Any] = []
    monkeypatch.setattr(decode.json, "dumps", lambda value, **_: str(written.append(value)))
    rejection = decode.decode_one(event() | {f"f{n}": n for n in range(10_000)} | {"z": "\ud800"})
    assert (rejection.field, rejection.reason) == ("f0", "Unknown field")
    assert len(written) == 1  # what is kept of it


def test_events_count_against_the_budget_before_it_is_explained_what_is_wrong(
    client: Any, alice: str, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a quarter of the source's 40 events a minute, the second request has none left: it is not worth a look."""
    sql("update tracking.sources set events = 40")

    def send() -> Any:
        return client.post("/v1/events", data=json.dumps({"events": [{}] * 10}), headers=bearer(alice))

    assert send().json["counts"] == {"rejected": 10}
    monkeypatch.setattr(decode, "decode_one", lambda _: pytest.fail("it was looked at"))
    assert send().status_code == 429


ODD_BUT_VALID = {
    "deepest allowed": (with_field("properties", nested(4)), {"a": {"a": {"a": {"a": 1}}}}),
    "emoji": (with_field("properties", r'{"a": "\ud83d\ude00"}'), {"a": "😀"}),
    "backslash u0000 as text": (with_field("properties", r'{"a": "\\u0000"}'), {"a": r"\u0000"}),
    "duplicate keys, the last wins": (with_field("properties", '{"a": 1, "a": 2}'), {"a": 2}),
    "64 bit integer": (with_field("properties", f'{{"a": {2**63 - 1}}}'), {"a": 2**63 - 1}),
    "negative zero and small numbers": (with_field("properties", '{"a": 1e-7, "b": 0.5}'), {"a": 1e-7, "b": 0.5}),
    "empty properties": (with_field("properties", "{}"), {}),
    "properties null": (with_field("properties", "null"), None),
    "context null": (with_field("context", "null"), None),
    "empty key": (with_field("properties", '{"": ""}'), {"": ""}),
    "a time with an offset": (with_field("occurred_at", json.dumps(WHEN.replace("Z", "+00:00"))), None),
    "a list of all kinds": (
        with_field("properties", '{"a": [1, "b", null, true, {"c": []}]}'),
        {"a": [1, "b", None, True, {"c": []}]},
    ),
    "duplicate fields, the last wins": (with_field("name", '"click", "name": "view"'), None),
}


@pytest.mark.parametrize("case", ODD_BUT_VALID)
def test_an_odd_but_valid_event_is_stored_as_it_was_sent(post: Any, sql: Any, case: str) -> None:
    text, properties = ODD_BUT_VALID[case]
    response = post(body=f'{{"events": [{text}]}}'.encode())
    assert response.json == {"counts": {"accepted": 1}, "verdicts": [{"verdict": "accepted"}]}
    assert sql("select properties, name from tracking.events") == [(properties, "view")]


@pytest.mark.parametrize("case", ODD_BUT_VALID)
def test_a_bad_neighbour_does_not_change_how_an_event_is_read(post: Any, sql: Any, case: str) -> None:
    """The lenient path, which finds out what is wrong with which, must store the same as the fast one."""
    text, properties = ODD_BUT_VALID[case]
    post(body=f'{{"events": [{text}, {{}}]}}'.encode())
    assert sql("select properties, name from tracking.events") == [(properties, "view")]
