"""When it was, however it is written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tracking.imports.times import instant, rfc_3339

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-26T10:00:00Z", "2026-11-26T10:00:00Z"),
        ("2026-11-26 10:00:00+00", "2026-11-26T10:00:00Z"),
        ("2026-11-26 10:00:00.123456-0330", "2026-11-26T13:30:00.123456Z"),
        ("2026-11-26 10:00:00,5 +05:30", "2026-11-26T04:30:00.500000Z"),
        ("2026-11-26 10:00:00 UTC", "2026-11-26T10:00:00Z"),
        ("2026-11-26T10:00Z", "2026-11-26T10:00:00Z"),
        ("2026-11-26t10:00:00.1234567891z", "2026-11-26T10:00:00.123456Z"),
        (" 26/Nov/2026:10:00:00 +0100 ", "2026-11-26T09:00:00Z"),
        ("26/Nov/2026:10:00:00.250 +0100", "2026-11-26T09:00:00.250000Z"),
        ("1795687200", "2026-11-26T10:00:00Z"),
        (1795687200, "2026-11-26T10:00:00Z"),
        (1795687200.5, "2026-11-26T10:00:00.500000Z"),
        ("1795687200500", "2026-11-26T10:00:00.500000Z"),
        ("1795687200500000", "2026-11-26T10:00:00.500000Z"),
        (1795687200500000000, "2026-11-26T10:00:00.500000Z"),
        ("946684800", "2000-01-01T00:00:00Z"),
        ("946684800000", "2000-01-01T00:00:00Z"),
        # without an offset, in Berlin
        ("2026-11-26 10:00:00", "2026-11-26T09:00:00Z"),
        ("2026-07-26T10:00:00", "2026-07-26T08:00:00Z"),
        ("26/Nov/2026:10:00:00", "2026-11-26T09:00:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),  # comes twice: the first
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
    ],
)
def test_a_time_is_an_instant(written: object, utc: str) -> None:
    assert rfc_3339(instant(written, BERLIN)) == utc


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "is not a time"),
        ("yesterday", "is not a time"),
        ("2026-11-26", "is not a time"),
        ("2026-02-30 10:00:00", "is not a time"),
        ("2026-11-26 25:00:00", "is not a time"),
        ("2026-11-26 10:00:00 CET", "is not a time"),
        ("2026-11-26 10:00:00+24:00", "is not a time"),
        ("0001-01-01 00:00:00+01:00", "is not a time"),
        ("26/Foo/2026:10:00:00 +0000", "is not a time"),
        ("9" * 100, "is not a time"),
        (None, "not a time"),
        (True, "not a time"),
        ([1795687200], "not a time"),
        ("946684799", "not between 2000 and 2100"),
        ("20261126100000", "not between 2000 and 2100"),
        ("0", "not between 2000 and 2100"),
        ("4102444800", "not between 2000 and 2100"),
        ("2026-03-29 02:30:00", "its clocks were put forward over it"),
    ],
)
def test_what_is_no_time_says_why(written: object, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        instant(written, BERLIN)
    assert reason in str(refusal.value)


def test_a_time_without_an_offset_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="give its timezone with --timezone"):
        instant("2026-11-26 10:00:00")
    assert instant("2026-11-26 10:00:00", UTC) == datetime(2026, 11, 26, 10, tzinfo=UTC)
