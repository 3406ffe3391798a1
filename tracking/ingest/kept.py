"""Bounds the bytes that are kept of rejected events, by source and minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from tracking.ingest.rows import RejectedRow
from tracking.provenance.limits import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.decode import Rejection

MAX_FIELD = 100
BYTES_A_MINUTE = 200_000
"""Of one source, in one process: some hundred rows, enough to see what is wrong. At worst 0.3 GB a day, and 9 GB in
the 30 days for which they are kept."""

NO_MORE = "rejected as well; what is rejected from here on, for a minute, is counted in the ledger and not kept"


_encode = msgspec.json.Encoder().encode


class Kept:
    def __init__(self, bytes_a_minute: int = BYTES_A_MINUTE) -> None:
        self._most = bytes_a_minute
        self._window = Memory()

    def rows(self, source: str, rejections: Sequence[Rejection], creator: str | None = None) -> list[bytes]:
        """Each rejection as `tracking.ingest()` takes it: to be kept, or to be counted only. The first that is not kept
        leaves a row that says so. `creator` is that of a client token.
        """
        rows = []
        for rejection in rejections:
            row = rejected_row(source, rejection, creator)
            if self._window.hit(self._most, source, len(row)):
                told = self._window.hit(1, f"{source} told")
                more = RejectedRow(source, rejection.name)
                row = _encode(more if told else replace(more, field="", reason=NO_MORE, cause="limit"))
            rows.append(row)
        return rows


def rejected_row(source: str, rejection: Rejection, creator: str | None = None) -> bytes:
    """The rejection as `tracking.ingest()` takes it, in JSON, without characters that the database cannot store."""
    return _encode(
        RejectedRow(
            source,
            rejection.name,
            field=_storable(rejection.field[:MAX_FIELD]),
            reason=_storable(rejection.reason),
            payload=_storable(rejection.payload),
            cause=rejection.cause,
            creator=creator,
            excluded=rejection.excluded,
        )
    )


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd")
