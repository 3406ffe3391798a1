"""The named fields of a line, whatever its format."""

from collections.abc import Callable

from tracking.imports import Line

Fields = dict[str, str]
"""By these names, all as text, those that are missing left out: time, address, forwarded, request, method, uri, query,
status, size, referrer, agent."""

Read = Callable[[Line], Fields | None]
"""The fields of a line; None where it is no request. Raises `NotInFormat`, or ValueError where it is in the format and
holds no request. It may remember what earlier lines said: each file has one of its own."""

Open = Callable[[], Read]


class NotInFormat(ValueError):  # noqa: N818 (reads as what it says)
    """The line is of another format; the message says what was expected."""
