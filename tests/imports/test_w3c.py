"""W3C extended log files: what a directive says holds until another says something else."""

from tracking.imports import Line, Parsed
from tracking.imports.weblogs import Options, form


def parsed(*texts: str) -> list[Parsed]:
    lines = [Line(number, number, text) for number, text in enumerate(texts, 1)]
    return list(form("w3c", Options("address")).parse(lines))


def test_the_fields_of_w3c_may_change_within_a_file() -> None:
    found = parsed(
        "2026-11-24 10:00:00 203.0.113.9 /early",
        "#Date: 2026-11-24 00:00:00",
        "#Fields: time c-ip cs-uri-stem",
        "10:00:00 203.0.113.9 /one",
        "10:00:00 203.0.113.9 /one more",
        "#Fields: date time cs-uri-stem X-Forwarded-For c-ip",
        '2026-11-25 10:00:00 /two "198.51.100.7, 10.0.0.1" 203.0.113.9',
        "#Fields: date c-ip",
        "2026-11-25 203.0.113.9",
    )
    assert [one.event and (one.event["occurred_at"], one.event["receiver"], one.event["creator"]) for one in found] == [
        None,
        ("2026-11-24T10:00:00Z", "path:/one", "203.0.113.9"),
        None,
        ("2026-11-25T10:00:00Z", "path:/two", "198.51.100.7"),
        None,
        None,
    ]
    assert [one.problem for one in found if one.problem] == [
        "no line #Fields: … before it names the columns",
        "4 fields, where #Fields names 3",
        "#Fields lacks time, cs-uri-stem",
        "no line #Fields: … before it names the columns",
    ]


def test_a_day_without_a_date_of_its_own_ends_at_midnight() -> None:
    """As of a server that rolls its file over by local time, or by size."""
    found = parsed(
        "#Date: 2026-11-25 22:59:58",
        "#Fields: time c-ip cs-method cs-uri-stem sc-status",
        *(
            f"{time} 203.0.113.9 GET / 200"
            for time in ("23:59:58", "00:00:05", "23:59:59", "00:00:06", "11:00:00", "23:59:58", "00:00:01")
        ),
        "#Date: 2026-11-26 09:00:00",
        "09:00:00 203.0.113.9 GET / 200",
        "#Date: 9999-12-31",
        "23:59:58 203.0.113.9 GET / 200",
        "00:00:05 203.0.113.9 GET / 200",
    )
    assert [one.event["occurred_at"][5:16] for one in found[:8] if one.event] == [
        "11-25T23:59",
        "11-26T00:00",
        "11-25T23:59",
        "11-26T00:00",
        "11-26T11:00",
        "11-26T23:59",
        "11-27T00:00",
        "11-26T09:00",
    ]
