"""Stage 1: the formats in which events come over HTTP, by path. The fast path and CORS read the same table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tracking.ingest.dialects import own, segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.decode import Decoded
    from tracking.ingest.writer import Verdict
    from tracking.provenance.grants import Grant


class Dialect(Protocol):
    """A module or an object with these functions. All that a format has of its own is how it is read and answered."""

    def decode(self, body: bytes, max_events: int, grant: Grant, /) -> Decoded:
        """What a body has. Raises `Problem` 400 for another body."""

    def reply(self, decoded: Decoded, verdicts: Sequence[Verdict], /) -> bytes:
        """The JSON for a client whose events are committed, with a verdict for each."""

    def problem(self, members: dict[str, Any]) -> dict[str, Any]:
        """The members of a problem (RFC 9457), with those that this format's clients look for."""


DIALECTS: dict[str, Dialect] = {"/v1/events": own, **segment.PATHS}
"""Each answers `POST` on its path."""


def problem(path: str, members: dict[str, Any]) -> dict[str, Any]:
    """The members of a problem as clients of this path read them."""
    dialect = DIALECTS.get(path)
    return dialect.problem(members) if dialect else members
