"""What is kept of refused events: so many bytes a source and minute, however many are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tracking.provenance.limits import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.ingest.decode import Refusal

MAX_FIELD = 100
BYTES_A_MINUTE = 200_000
"""Of one source, in one process: some hundred rows, enough to see what is wrong. At worst 0.3 GB a day, and 9 GB in
the 30 days for which they are kept."""

NO_MORE = "refused as well; what is refused from here on, for a minute, is counted in the ledger and not kept"


class Kept:
    def __init__(self, bytes_a_minute: int = BYTES_A_MINUTE) -> None:
        self._most = bytes_a_minute
        self._window = Memory()

    def rows(self, source: str, refusals: Sequence[Refusal]) -> list[bytes]:
        """Each refusal as `tracking.ingest()` takes it: to be kept, or to be counted only. The first that is not kept
        leaves a row that says so.
        """
        rows = []
        for refusal in refusals:
            row = refused_row(source, refusal)
            if self._window.hit(self._most, source, len(row)):
                told = self._window.hit(1, f"{source} told")
                row = msgspec.json.encode({"s": source, "n": refusal.name} | ({} if told else {"f": "", "r": NO_MORE}))
            rows.append(row)
        return rows


def refused_row(source: str, refusal: Refusal) -> bytes:
    kept = {"n": refusal.name, "f": refusal.field[:MAX_FIELD], "r": refusal.reason, "p": refusal.payload}
    return msgspec.json.encode({"s": source} | {key: text.replace("\0", "\ufffd") for key, text in kept.items()})
