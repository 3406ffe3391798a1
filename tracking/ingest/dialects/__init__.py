"""Stage 1: the formats in which events come over HTTP, by path. The fast path and CORS read the same table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tracking.ingest.dialects import own

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tracking.ingest.decode import Rejection
    from tracking.ingest.schemas import Event
    from tracking.ingest.writer import Verdict


class Dialect(Protocol):
    """A module with these functions. All that a format has of its own is how it is read and answered."""

    def decode(self, body: bytes, max_events: int) -> tuple[int, Iterable[Event | Rejection]]:
        """How many events a body has, and each of them, or its rejection. Raises `Problem` 400 for another body."""

    def reply(self, verdicts: Sequence[Verdict]) -> bytes:
        """The JSON for a client whose events are committed, with a verdict for each."""

    def problem(self, members: dict[str, Any]) -> dict[str, Any]:
        """The members of a problem (RFC 9457), with those that this format's clients look for."""


DIALECTS: dict[str, Dialect] = {"/v1/events": own}
"""Each answers `POST` on its path."""


def problem(path: str, members: dict[str, Any]) -> dict[str, Any]:
    """The members of a problem as clients of this path read them."""
    dialect = DIALECTS.get(path)
    return dialect.problem(members) if dialect else members
