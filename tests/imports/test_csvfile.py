"""CSV as people and spreadsheets write it."""

import json

import pytest

from tracking.imports import UNFINISHED, Line, Parsed, Unreadable, ndjson
from tracking.imports.csvfile import MAX_RECORD_LINES, parse

HEADER = "occurred_at,name,receiver,creator"
ROW = "2026-11-24T10:00:00Z,view,job:42,alice"
VIEW = {"occurred_at": "2026-11-24T10:00:00Z", "name": "view", "receiver": "job:42", "creator": "alice"}


def parsed(*texts: str) -> list[Parsed]:
    return list(parse(Line(number, number * 100, text) for number, text in enumerate(texts, 1)))


def event(header: str, row: str) -> dict[str, object] | None:
    """The only event of a file with this header and row, without its id."""
    [one] = parsed(header, row)
    return one.event and {key: value for key, value in one.event.items() if key != "id"}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (HEADER, ROW, VIEW),
        ("name, time ,receiver,creator", "view,2026-11-24T10:00:00Z,job:42,alice", VIEW),
        (HEADER.replace(",", ";"), ROW.replace(",", ";"), VIEW),
        (HEADER.replace(",", "\t"), ROW.replace(",", "\t"), VIEW),
        ("timestamp,name,receiver_type,receiver_id,creator", ROW.replace("job:42", "job,42"), VIEW),
        (f"{HEADER},properties,properties.a", f"{ROW},,", VIEW),
        (
            f"{HEADER},properties",
            f'{ROW},"{{""a"": 1, ""b"": [""x,y""]}}"',
            {**VIEW, "properties": {"a": 1, "b": ["x,y"]}},
        ),
        (
            f"{HEADER},properties.a,properties,properties.b.c",
            f'{ROW},text,"{{""a"": 1, ""z"": 2}}",007',
            {**VIEW, "properties": {"a": "text", "z": 2, "b.c": "007"}},
        ),
        (f"{HEADER},context.user_agent", f"{ROW},curl/8", {**VIEW, "context": {"user_agent": "curl/8"}}),
        (
            HEADER,
            ROW.replace("alice", '"a ""quoted"" name, with a comma"'),
            {**VIEW, "creator": 'a "quoted" name, with a comma'},
        ),
        (HEADER, ROW.replace("alice", 'al"ice'), {**VIEW, "creator": 'al"ice'}),
        (HEADER, ROW.replace("alice", ""), {key: value for key, value in VIEW.items() if key != "creator"}),
    ],
)
def test_a_record_becomes_an_event(header: str, row: str, expected: dict[str, object]) -> None:
    assert event(header, row) == expected


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (f"{HEADER},colour,propertys.x,properties.", "unknown: colour, propertys.x, properties."),
        (f"{HEADER},", "unknown: (an empty name)"),
        (f"{HEADER},source", "unknown: source"),
        ("name,creator", "missing: occurred_at, receiver"),
        ("time,name,receiver_id,creator", "missing: receiver_type"),
        (f"{HEADER},time", "named twice: occurred_at"),
        (f"{HEADER},receiver_type,receiver_id", "either receiver or receiver_type and receiver_id, not both"),
        (
            "name,name,colour",
            "unknown: colour; named twice: name; missing: occurred_at, creator, receiver; say which is which, as in --column occurred_at=colour",
        ),
        ("", "the first line must name the columns: it is empty"),
    ],
)
def test_a_wrong_header_ends_the_import_at_once_and_says_everything(header: str, problem: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parsed(header, ROW)
    assert str(refusal.value).removeprefix("the header row: ") == problem


def test_a_line_that_names_the_separator_is_no_header() -> None:
    [one] = parsed("sep=;", HEADER.replace(",", ";"), ROW.replace(",", ";"))
    assert one.event is not None
    assert one.line == 3


def test_a_file_without_a_line_or_with_an_unreadable_header_is_refused() -> None:
    with pytest.raises(Unreadable, match="there is none"):
        parsed()
    with pytest.raises(Unreadable, match="not UTF-8"):
        list(parse([Line(1, 9, "", "not UTF-8: byte 0xe4 at position 5")]))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,b", "2 cells, where the header names 5 columns"),
        (f"{ROW},{{}},x", "6 cells, where the header names 5 columns"),
        (f"{ROW},nonsense", "properties: not JSON: Expecting value at position 1"),
        (f"{ROW},[]", "properties: a list, where a JSON object was expected"),
        (f'{ROW},"{{""a"": NaN}}"', "properties: NaN is not JSON"),
        (f'{ROW},"{{}}"x', "not CSV: ',' expected after '\"'"),
        (f"{ROW},{'x' * 200_000}", "not CSV: field larger than field limit (131072)"),
    ],
)
def test_a_bad_record_is_reported_and_the_next_is_read(row: str, problem: str) -> None:
    bad, good = parsed(f"{HEADER},properties", row, f"{ROW},")
    assert (bad.line, bad.event, bad.problem) == (2, None, problem)
    assert (good.line, good.problem) == (3, None)


def test_a_record_over_several_lines_has_the_number_of_its_first() -> None:
    first, second = parsed(HEADER, ROW.replace("alice", '"al'), "", 'ice"', ROW)
    assert (first.line, first.progress, first.event and first.event["creator"]) == (2, 400, "al\n\nice")
    assert second.line == 5


@pytest.mark.parametrize("following", [3, MAX_RECORD_LINES * 2])
def test_a_quotation_mark_that_is_never_closed_costs_only_its_own_line(following: int) -> None:
    bad, *good = parsed(HEADER, f'"{ROW}', *[ROW] * following)
    assert (bad.line, bad.event) == (2, None)
    assert (bad.problem or "").startswith("not CSV: a quotation mark opens here and is not closed properly within")
    assert [one.line for one in good] == list(range(3, 3 + following))
    assert all(one.event for one in good)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([ROW], ["event"]),
        ([ROW, ROW], ["event", "event"]),
        ([ROW, ROW.replace("alice", '"ali')], ["event", UNFINISHED]),
        ([ROW.replace("alice", '"ali'), f'ce"{ROW.partition("alice")[2]}'], ["event"]),
        ([ROW.replace("alice", '"ali'), "ce"], ["problem", UNFINISHED]),
        ([ROW, "2026-11-24T10:00:00Z,vi"], ["event", UNFINISHED]),
        ([ROW, " "], ["event"]),
    ],
)
def test_a_last_record_needs_no_line_end_where_it_is_whole(rows: list[str], found: list[str]) -> None:
    """RFC 4180, 2.2. What is no record without it may still be being written."""
    *lines, last = [Line(number, number, text) for number, text in enumerate([HEADER, *rows], 1)]
    parsed = parse([*lines, last._replace(is_ended=False)])
    assert [one.excluded or ("event" if one.event else "problem") for one in parsed] == found


def test_an_unreadable_line_within_a_quotation_is_reported_as_well() -> None:
    lines = [Line(1, 10, HEADER), Line(2, 20, f'"{ROW}'), Line(3, 30, "", "too long"), Line(4, 40, ROW)]
    assert [(one.line, bool(one.problem)) for one in parse(lines)] == [(2, True), (3, True), (4, False)]


def test_an_id_is_kept_and_a_missing_one_follows_from_the_content() -> None:
    texts = (f"id,{HEADER}", f"order-7,{ROW}", f",{ROW}", f",{ROW}", "", f",{ROW}x")
    found = [one.event["id"] for one in parsed(*texts) if one.event]
    assert found[0] == "order-7"
    assert len(set(found)) == 4
    assert [one.event["id"] for one in parsed(*texts) if one.event] == found


def test_the_same_event_has_the_same_id_in_csv_and_in_ndjson() -> None:
    [from_csv] = parsed(HEADER, ROW)
    [from_json] = ndjson.parse([Line(1, 1, json.dumps(VIEW))])
    assert from_csv.event == from_json.event
