r"""Access logs as servers write them and as attackers fill them: the combined format, and what all formats share."""

import gzip
from hashlib import blake2b
from pathlib import Path

import pytest

from fixtures.weblogs import FIREFOX, LINE, START, event, parsed
from tracking.imports import UNFINISHED, Line
from tracking.imports.reader import Reader
from tracking.imports.weblogs import MAX_TEXT, Options, form
from tracking.imports.weblogs.paths import MAX_PATH


def request(line: str, status: str = "200 512") -> str:
    return f'{START} "{line}" {status} "-" "-"'


def test_a_request_is_a_view_of_its_path_by_its_address() -> None:
    found = event(LINE)
    assert found.pop("id") == "61c44255-06d5-50ae-ac25-8e89b29ce238"
    assert found == {
        "occurred_at": "2026-11-24T10:00:00Z",
        "name": "view",
        "receiver": "path:/jobs/42",
        "creator": "203.0.113.9",
        "properties": {"method": "GET", "status": 200, "bytes": 512},
        "context": {"user_agent": FIREFOX, "referrer": "https://jobs.example/"},
    }


@pytest.mark.parametrize(
    ("start", "creator"),
    [
        ("2001:db8::17 - - [24/Nov/2026:10:00:00 +0000]", "2001:db8::17"),
        ("2001:DB8:0::17 - - [24/Nov/2026:10:00:00 +0000]", "2001:db8::17"),
        ("::ffff:192.0.2.1 - - [24/Nov/2026:10:00:00 +0000]", "192.0.2.1"),
        ("::1 - - [24/Nov/2026:10:00:00 +0000]", "::1"),
        ("fe80::1%eth0 - - [24/Nov/2026:10:00:00 +0000]", "fe80::1"),
        ("host-9.example.org ident frank [24/Nov/2026:10:00:00 +0000]", "host-9.example.org"),
        ("203.0.113.9 - Frank N. Stein [24/Nov/2026:10:00:00 +0000]", "203.0.113.9"),
    ],
)
def test_the_address_may_be_of_any_kind(start: str, creator: str) -> None:
    assert event(LINE.replace(START, start))["creator"] == creator


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("24/Nov/2026:10:00:00 +0100", "2026-11-24T09:00:00Z"),
        ("01/Jan/2026:00:30:00 +0530", "2025-12-31T19:00:00Z"),
        ("31/Dec/2025:23:30:00 -0330", "2026-01-01T03:00:00Z"),
        ("29/Feb/2024:12:00:00 +0000", "2024-02-29T12:00:00Z"),
    ],
)
def test_the_time_is_converted_to_utc(time: str, utc: str) -> None:
    assert event(LINE.replace("24/Nov/2026:10:00:00 +0000", time))["occurred_at"] == utc


@pytest.mark.parametrize(
    ("line", "receiver", "query"),
    [
        ("GET / HTTP/1.1", "path:/", None),
        ("GET /a/b.html?q=x&q=y?z HTTP/2.0", "path:/a/b.html", "q=x&q=y?z"),
        ("GET /a?#top HTTP/1.1", "path:/a", None),
        ("GET /a#b?c HTTP/1.1", "path:/a", None),
        ("GET ?q=1 HTTP/1.1", "path:/", "q=1"),
        ("GET /old", "path:/old", None),  # HTTP/0.9
        ("GET /my file.pdf HTTP/1.1", "path:/my%20file.pdf", None),
        ("GET http://jobs.example/a?b HTTP/1.1", "path:/a", "b"),
        ("GET http://jobs.example HTTP/1.1", "path:/", None),
        ("GET /login?next=http://jobs.example/a HTTP/1.1", "path:/login", "next=http://jobs.example/a"),
        ("OPTIONS * HTTP/1.1", "path:*", None),
        ("CONNECT jobs.example:443 HTTP/1.1", "path:jobs.example:443", None),
        ("GET /stra%C3%9Fe HTTP/1.1", "path:/stra%C3%9Fe", None),
        ("GET /straße HTTP/1.1", "path:/stra%C3%9Fe", None),
        (r"GET /stra\xC3\x9fe HTTP/1.1", "path:/stra%C3%9Fe", None),
        ("GET  /a  HTTP/1.1", "path:/a", None),
        (r"GET /a\"b\\c\x22 HTTP/1.1", "path:/a%22b%5Cc%22", None),
        (r"GET /\xff\x00\n HTTP/1.1", "path:/%FF%00%0A", None),
    ],
)
def test_the_path_is_the_receiver_and_the_query_a_property(line: str, receiver: str, query: str | None) -> None:
    found = event(request(line))
    assert (found["receiver"], found["properties"].get("query")) == (receiver, query)


def test_long_paths_are_shortened_and_stay_different() -> None:
    long = "/" + "a" * (MAX_PATH - 1)
    assert event(request(f"GET {long} HTTP/1.1"))["receiver"] == f"path:{long}"
    one, other = (event(request(f"GET {long}{more} HTTP/1.1"))["receiver"] for more in "bc")
    assert one != other
    assert len(one.removeprefix("path:")) == MAX_PATH
    assert one == event(request(f"GET {long}b?q HTTP/1.1"))["receiver"]


def test_long_texts_are_cut() -> None:
    long = "x" * 5000
    found = event(f'{START} "GET /?{long} HTTP/1.1" 200 1 "{long}" "{long}"')
    texts = (found["properties"]["query"], found["context"]["referrer"], found["context"]["user_agent"])
    assert [len(text) for text in texts] == [MAX_TEXT] * 3


@pytest.mark.parametrize(
    ("end", "context"),
    [
        ('"-" "-"', {}),
        ('"" ""', {}),
        (r'"-" "\"quoted\" \\ agent"', {"user_agent": r'"quoted" \ agent'}),
        (r'"-" "nginx \x22quoted\x22"', {"user_agent": 'nginx "quoted"'}),
        (r'"http://\xe4\xe5/" "-"', {"referrer": r"http://\xe4\xe5/"}),
        ('"-" "agent" "198.51.100.7" rt=0.004', {"user_agent": "agent"}),
        ('"-" "a\0b"', {"user_agent": r"a\x00b"}),
    ],
)
def test_referrer_and_user_agent_are_what_the_client_said(end: str, context: dict[str, str]) -> None:
    assert event(f'{START} "GET / HTTP/1.1" 200 1 {end}')["context"] == context


def test_a_dash_for_the_size_is_zero() -> None:
    assert event(request("HEAD / HTTP/1.1", "304 -"))["properties"] == {"method": "HEAD", "status": 304, "bytes": 0}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "not in the combined format"),
        ("\0" * 300 + LINE, "not in the combined format"),
        (f"jobs.example:443 {LINE}", "not in the combined format"),
        (LINE.replace(" 200 ", " OK "), "not in the combined format"),
        (LINE.replace('"GET', "GET"), "not in the combined format"),
        (LINE[:60], "not in the combined format"),
        (f'{START} "GET / HTTP/1.1" 200 512', "not in the combined format"),
        (f'{START} "GET / HTTP/1.1" 200 512 "https://jobs.ex', "not in the combined format"),
        (f'{START} "GET / HTTP/1.1" 200 512 "-"', "not in the combined format"),
        (LINE.replace(" 200 ", " 20 "), "not in the combined format"),
        (request("-", "408 0"), "no request in it"),
        (request("", "400 0"), "no request in it"),
        (request(r"\x16\x03\x01\x02", "400 226"), "the request is not of the form METHOD TARGET"),
        (request("GET", "400 226"), "the request is not of the form METHOD TARGET"),
        (LINE.replace("24/Nov", "31/Nov"), "[31/Nov/2026:10:00:00 +0000] is not a time"),
        (LINE.replace("Nov", "Foo"), "[24/Foo/2026:10:00:00 +0000] is not a time"),
        (LINE.replace("+0000", "+2400"), "[24/Nov/2026:10:00:00 +2400] is not a time"),
        (LINE.replace("24/Nov/2026:10:00:00 +0000", "yesterday"), "[yesterday] is not a time"),
        (LINE.replace("203.0.113.9", "-"), "'-' is not an address"),
        (
            LINE.replace("24/Nov/2026:10:00:00 +0000", "01/Jan/0001:00:00:00 +0100"),
            "[01/Jan/0001:00:00:00 +0100] is not a time",
        ),
    ],
)
def test_a_bad_line_is_reported_and_the_next_is_read(text: str, problem: str) -> None:
    bad, good = parsed(text, LINE)
    assert (bad.line, bad.event) == (1, None)
    assert (bad.problem or "").startswith(problem)
    assert good.event is not None


@pytest.mark.parametrize("tail", ['"' * 500_000, "\\" * 999_999, '" "' * 300_000, "[" * 900_000, " x" * 400_000])
def test_a_line_made_to_confuse_is_refused_quickly(tail: str) -> None:
    """Linear time: a megabyte takes milliseconds, where backtracking would take hours."""
    for start in (START, f'{START} "GET /', f"{LINE[:-1]}", "203.0.113.9 - "):
        parsed(start + tail)


def test_a_user_agent_cut_by_the_server_counts() -> None:
    found = event(LINE[:-20])
    assert FIREFOX.startswith(found["context"]["user_agent"])
    assert found["receiver"] == "path:/jobs/42"


@pytest.mark.parametrize(
    ("log_format", "directives", "line"),
    [
        ("combined", [], f'{LINE} "198.51.10'),
        ("combined", [], LINE[:-20]),
        (
            '$remote_addr [$time_local] "$request" $http_x_forwarded_for',
            [],
            '203.0.113.9 [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 198.51.1',
        ),
        (
            "$time_iso8601 $remote_addr $request_method $request_uri",
            [],
            "2026-11-24T10:00:00Z 203.0.113.9 GET /page/1",
        ),
        (
            "w3c",
            ["#Fields: date time c-ip cs-uri-stem x-forwarded-for"],
            "2026-11-24 10:00:00 203.0.113.9 / 198.51.1",
        ),
    ],
)
def test_a_line_that_may_still_be_being_written_is_left_for_the_next_import(
    log_format: str, directives: list[str], line: str
) -> None:
    lines = [Line(number, number, text) for number, text in enumerate([*directives, line], 1)]
    [ended] = form(log_format).parse(lines)
    assert ended.event
    [unfinished] = form(log_format).parse([*lines[:-1], lines[-1]._replace(is_ended=False)])
    assert (unfinished.event, unfinished.problem, unfinished.excluded) == (None, None, UNFINISHED)


@pytest.mark.parametrize(
    ("log_format", "line"),
    [("combined", LINE), ("json", '{"time": "2026-11-24T10:00:00Z", "remote_addr": "203.0.113.9", "uri": "/"}')],
)
def test_a_line_whose_last_value_is_closed_needs_no_line_end(log_format: str, line: str) -> None:
    """An editor left it out, or a shell."""
    [last] = form(log_format).parse([Line(1, 100, line, is_ended=False)])
    assert last.event


def test_odd_bytes_in_a_packed_log_do_not_stop_it(tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    odd = request("GET /\xe4 HTTP/1.1").encode("latin-1")
    log.write_bytes(gzip.compress(b"\n".join((LINE.encode(), odd, b"\x80\x81\xff", b"", LINE.encode(), b""))))
    combined = form("combined")
    with Reader(str(log), combined.errors) as reader:
        found = list(combined.parse(reader))
    assert [(one.line, one.event and one.event["receiver"]) for one in found] == [
        (1, "path:/jobs/42"),
        (2, "path:/%E4"),
        (3, None),
        (5, "path:/jobs/42"),
    ]


def test_a_visitor_is_an_address_and_a_user_agent_and_neither_can_be_read_from_the_id() -> None:
    visitors = [
        event(line, Options())["creator"]
        for line in (
            LINE,
            LINE.replace("/42", "/43"),
            LINE.replace("Firefox", "Chrome"),
            LINE.replace("113.9", "113.8"),
        )
    ]
    assert visitors[0] == visitors[1]
    assert len(set(visitors)) == 3
    assert visitors[0] == blake2b(f"203.0.113.9\0{FIREFOX}".encode(), digest_size=16).hexdigest()


def test_more_than_one_blank_between_fields_is_one() -> None:
    assert event(LINE.replace(" ", "  "))["receiver"] == "path:/jobs/42"
