"""Reads files of events, line by line, and turns them into the events that an app would have sent.

``reader`` cuts a file into lines; ``ndjson``, ``csvfile`` and ``weblogs`` understand one kind each; ``forms`` checks
the kind, and guesses it if the file is of another. The events are in wire form and not yet validated: they go the
way of every other event. A bad line is reported and skipped. This module holds the words they share.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID, uuid5

# All imported events without an id of their own depend on this value: it never changes.
NAMESPACE = UUID("6f1c1f0e-7f0d-5a55-9d0c-3c1f2a4c7b9e")

Event = dict[str, Any]


UNFINISHED = "unfinished"
"""A last line without its end: a server may still be writing it, and half a line may look like a whole one."""


class Unreadable(Exception):  # noqa: N818 (the name says it: the file is unreadable)
    """The file as a whole cannot be imported; the message says why, for the person at the command line."""


class Line(NamedTuple):
    """A line of the file, or the reason why it cannot be read."""

    number: int  # from 1
    progress: int  # bytes of the file read so far, as it lies on the disk (maybe compressed)
    text: str
    problem: str | None = None
    is_ended: bool = True  # False for a last line without a line end: a server may still be writing it


class Parsed(NamedTuple):
    """The result of one line (for CSV: one record, by its first line): an event, an exclusion or a problem."""

    line: int
    progress: int
    event: Event | None = None
    problem: str | None = None
    excluded: str | None = None  # `UNFINISHED`, or why a request is no event: one of `weblogs.exclusions.REASONS`
    is_foreign: bool = False  # the problem says that the line is not in the format at all
    address: str = ""  # of a log: the client's
    unread: str = ""  # of a log: the forwarded text, if no address is in it


class Form(NamedTuple):
    """A way to read a kind of file; ``errors`` says how to treat bytes that are not UTF-8 (see ``bytes.decode``)."""

    name: str
    parse: Callable[[Iterable[Line]], Iterator[Parsed]]
    errors: str = "strict"


class Occurrences:
    """Makes ids for events without one, so that importing the same file again adds nothing.

    The id follows from the content and from how often that content came before in this file: two identical
    lines are two events. It does not depend on the place of a line, so a file may be sorted, joined with others or
    split before it is imported again. There is one limit: identical lines that are split over two files are one event,
    because nothing tells them from a file that is imported twice.

    Costs about 110 bytes of memory for each different content.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def identify(self, content: str) -> str:
        """The UUIDv5 (RFC 9562) of the n-th occurrence of this content."""
        first = uuid5(NAMESPACE, content)
        occurrence = self._seen[first.bytes] = self._seen.get(first.bytes, 0) + 1
        return str(first if occurrence == 1 else uuid5(first, str(occurrence)))
