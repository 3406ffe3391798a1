"""Access logs of web servers: each request is a view of a path by a visitor.

``presets`` names the formats; ``patterns``, ``w3c`` and ``jsonlog`` read a line into named fields; ``request`` makes
a request of these; ``exclusions`` says which requests are nobody's view.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from tracking.imports import UNFINISHED, Event, Form, Line, Occurrences, Parsed
from tracking.imports.times import rfc_3339
from tracking.imports.weblogs import exclusions, presets
from tracking.imports.weblogs.fields import NotInFormat, Open
from tracking.imports.weblogs.paths import bounded
from tracking.imports.weblogs.request import Request, understood

CLOSED = ('"', "]", "}")
"""If a line ends with one of these, its last value is whole; a number or an address may go on."""
MAX_TEXT = 1000  # characters of a query, a referrer, a user agent

CREATORS: dict[str, Callable[[Request], str]] = {
    # An opaque id, so that addresses are not kept. It must stay the same for ever, so it depends on no key.
    "address+agent": lambda request: blake2b(
        f"{request.address}\0{request.agent}".encode(), digest_size=16
    ).hexdigest(),
    "address": lambda request: request.address,
}


class Options(NamedTuple):
    """The user's choices for a log: the creator, the included reasons, the timezone."""

    creator: str = "address+agent"
    included: frozenset[str] = frozenset()
    zone: tzinfo | None = None


def form(log_format: str, options: Options = Options()) -> Form:  # noqa: B008 (it is immutable)
    """The way to read a log of this format, a preset's name or a pattern. Raises ValueError if it is neither."""
    open_format = presets.opener(log_format)
    # A request may hold any byte, and still was a request.
    return Form(log_format, partial(parse, open_format=open_format, options=options), "backslashreplace")


def parse(lines: Iterable[Line], open_format: Open, options: Options) -> Iterator[Parsed]:
    """An event, an exclusion or a problem for each line that is not blank."""
    occurrences = Occurrences()
    read = open_format()
    for line in lines:
        number, progress = line.number, line.progress
        if line.problem:
            yield Parsed(number, progress, problem=line.problem)
        elif line.text and not line.text.isspace():
            if not line.is_ended and not line.text.endswith(CLOSED):
                yield Parsed(number, progress, excluded=UNFINISHED)
                continue
            try:
                fields = read(line)
                if fields is None:  # a directive, not a request
                    continue
                request = understood(fields, options.zone)
            except ValueError as error:
                yield Parsed(number, progress, problem=str(error), is_foreign=isinstance(error, NotInFormat))
                continue
            reason = exclusions.reason(request)
            if reason and reason not in options.included:
                yield Parsed(number, progress, excluded=reason, address=request.address)
            else:
                # Only events are counted; the line itself is the identity of its event.
                event = {"id": occurrences.identify(line.text)} | _event(request, options.creator)
                yield Parsed(number, progress, event, address=request.address, unread=request.unread)


def _event(request: Request, creator: str) -> Event:
    numbers = {"status": request.status, "bytes": request.size}
    context = {"user_agent": request.agent, "referrer": request.referrer}
    return {
        "occurred_at": rfc_3339(request.moment),
        "name": "view",
        "receiver": f"path:{bounded(request.path)}",
        "creator": CREATORS[creator](request),
        "properties": {
            "method": request.method,
            **{name: number for name, number in numbers.items() if number is not None},
            **({"query": request.query[:MAX_TEXT]} if request.query else {}),
        },
        "context": {name: text[:MAX_TEXT] for name, text in context.items() if text},
    }
