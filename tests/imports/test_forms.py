"""Which format a file is in is seen from its first lines."""

import json

import pytest

from tracking.imports import Form, Line, Unreadable, csvfile, ndjson
from tracking.imports.forms import GUESSES, SAMPLE, judge, sample
from tracking.imports.weblogs import form

REQUEST = '[24/Nov/2026:10:00:00 +0000] "GET /jobs/42 HTTP/1.1" 200 512'
AGENTS = '"-" "Mozilla/5.0"'
EVENT = {"occurred_at": "2026-11-24T10:00:00Z", "name": "view", "receiver": "job:42", "creator": "alice"}
LOGGED = {"time": "2026-11-24T10:00:00Z", "remote_addr": "203.0.113.9", "request": "GET / HTTP/1.1", "status": 200}
W3C = ["#Fields: date time c-ip cs-method cs-uri-stem sc-status", "2026-11-24 10:00:00 203.0.113.9 GET / 200"]
BALANCED = 'app/b/50 203.0.113.9:2817 10.0.0.1:80 0.0 0.0 0.0 200 200 0 5 "GET https://a.example:443/ HTTP/1.1" "Mozilla/5.0" x'
FORMS = {"csv": Form("csv", csvfile.parse), "ndjson": Form("ndjson", ndjson.parse), "combined": form("combined")}


def lines(*texts: str) -> list[Line]:
    return [Line(number, number, text) for number, text in enumerate(texts, 1)]


def said(given: Form, *texts: str) -> str:
    with pytest.raises(Unreadable) as refusal:
        judge(given, lines(*texts))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("guess", "texts"),
    [
        ("--format ndjson", [json.dumps(EVENT)]),
        ("--format csv", [",".join(EVENT), ",".join(EVENT.values())]),
        ("--log-format json", [json.dumps(LOGGED)]),
        ("--log-format w3c", W3C),
        ("--log-format combined", [f"203.0.113.9 - - {REQUEST} {AGENTS}"]),
        ("--log-format common", [f"203.0.113.9 - - {REQUEST}"]),
        ("--log-format vhost_combined", [f"a.example:443 203.0.113.9 - - {REQUEST} {AGENTS}"]),
        ("--log-format main", [f'203.0.113.9 - - {REQUEST} {AGENTS} "198.51.100.7"']),
        ("--log-format forwarded_combined", [f"198.51.100.7 203.0.113.9 - - {REQUEST} {AGENTS}"]),
        ("--log-format alb", [f"https 2026-11-24T10:00:00.1Z {BALANCED}"]),
        ("--log-format elb", [f"2026-11-24T10:00:00.1Z {BALANCED}"]),
    ],
)
def test_the_format_that_fits_is_named(guess: str, texts: list[str]) -> None:
    given = next(one for one in FORMS.values() if guess not in (f"--format {one.name}", f"--log-format {one.name}"))
    assert said(given, *texts).endswith(f". It looks like {guess}")
    judge(GUESSES[guess](), lines(*texts))


def test_where_none_fits_the_first_lines_are_told() -> None:
    assert said(FORMS["combined"], *["nonsense"] * 4) == (
        "not read as combined: of the first 4 lines none can be. line 1: not in the combined format;"
        " line 2: not in the combined format; line 3: not in the combined format"
    )


def test_lines_that_are_no_text_say_nothing_about_a_format() -> None:
    broken = [Line(number, number, "", "not UTF-8: byte 0xe4 at position 5") for number in range(2, 9)]
    with pytest.raises(Unreadable) as refusal:
        judge(FORMS["csv"], [*lines(",".join(EVENT)), *broken])
    assert str(refusal.value).endswith("line 4: not UTF-8: byte 0xe4 at position 5")


def test_objects_that_are_no_events_are_of_another_format() -> None:
    assert "line 1: " in said(FORMS["ndjson"], json.dumps({"ts": 1}))


@pytest.mark.parametrize(("good", "is_right"), [(0, False), (10, False), (11, True), (100, True)])
def test_a_format_is_wrong_where_nine_of_ten_lines_are_not_in_it(good: int, is_right: bool) -> None:
    texts = [json.dumps(EVENT)] * good + ["nonsense"] * (100 - good)
    if is_right:
        judge(FORMS["ndjson"], lines(*texts))
    else:
        share = f"of the first 100 lines {good or 'none'} can be"
        assert share in said(FORMS["ndjson"], *texts)


def test_requests_that_are_none_are_in_the_format_all_the_same() -> None:
    """As scanners leave them: the log is what it says."""
    judge(FORMS["combined"], lines(*['203.0.113.9 - - [24/Nov/2026:10:00:00 +0000] "-" 408 0 "-" "-"'] * 100))


def test_a_file_without_a_line_is_right() -> None:
    judge(FORMS["combined"], [])
    judge(FORMS["ndjson"], lines("", " "))


def test_no_more_lines_are_taken_than_are_needed() -> None:
    given = iter(lines(*["", "x"] * 500))
    assert len(sample(given)) == 2 * SAMPLE
    assert next(given).number == 2 * SAMPLE + 1
    assert len(sample(iter(lines(*["x" * 600_000] * 10)))) == 2
