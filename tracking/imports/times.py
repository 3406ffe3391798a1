"""Reads the times in files: with an offset or without, in ISO 8601 or a web server's form, or as a number."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

MAX_TIME = 64  # characters
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp()

# 2026-11-26 10:00:00.123+01:00, with T or a blank, a comma or a point, and an offset of Z, UTC, +01, +0100 or +01:00.
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt_]| {1,4})(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d{0,9})?)?"
    r" {0,4}(Z|z|UTC|GMT|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII,
)
# 24/Nov/2026:10:00:00 +0100, 24/Nov/2026 10:00:00.123 +0100
_LOG = re.compile(
    r"(\d\d)/(\w{3})/(\d{4})[: ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: {1,4}([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{1,19}(?:\.\d{1,9})?", re.ASCII)
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}  # strptime's names depend on the locale


def instant(value: Any, zone: tzinfo | None = None) -> datetime:
    """The instant, in UTC. `zone` is the timezone of times without an offset.

    If a time comes twice, because clocks are put back, the first of the two is meant. Numbers are seconds,
    milliseconds, microseconds or nanoseconds since 1970, by their size, between the years 2000 and 2100.
    Raises ValueError with the reason: no time, no offset, or a time that the zone's clocks skipped.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a time")  # noqa: TRY004 (to the caller it is a bad value like the others)
    text = str(value).strip()
    if len(text) > MAX_TIME:
        raise _no_time(text)
    if _EPOCH.fullmatch(text):
        return _since_1970(text)
    local = _local(text)
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    if zone is None:
        raise ValueError(f"[{text}] has no offset from UTC; give its timezone with --timezone, such as Europe/Berlin")
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError(f"[{text}] is not a time in {zone}: its clocks were put forward over it")
    return moment


def rfc_3339(moment: datetime) -> str:
    """The instant in wire form."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def _local(text: str) -> datetime:
    """The time as it is written, with its offset if it has one. Raises ValueError if it is no time."""
    try:
        if match := _ISO.fullmatch(text):
            year, month, day, hour, minute, second, fraction, offset, sign, hours, minutes = match.groups()
        elif match := _LOG.fullmatch(text):
            day, month, year, hour, minute, second, fraction, sign, hours, minutes = match.groups()
            month, offset = _MONTHS[month], sign
        else:
            raise _no_time(text)
        micros = int((fraction or "").ljust(6, "0")[:6])
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros)  # noqa: DTZ001 (its offset follows)
        found = local.replace(tzinfo=_offset(sign, hours, minutes)) if offset else local
        found.astimezone(UTC)  # it fails before year 1 and after year 9999
    except (KeyError, ValueError, OverflowError):
        raise _no_time(text) from None
    return found


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return timezone(-shift if sign == "-" else shift)


def _since_1970(text: str) -> datetime:
    number = float(text)
    for unit in (1, 1e3, 1e6, 1e9):
        if EARLIEST <= number / unit < LATEST:
            return datetime.fromtimestamp(number / unit, UTC)
    raise ValueError(f"{text} is no time since 1970 in seconds or milliseconds: it is not between 2000 and 2100")


def _no_time(text: str) -> ValueError:
    return ValueError(f"[{text[:40]}] is not a time")
