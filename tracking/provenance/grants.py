"""The rights of a verified request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.provenance.sources import Source

Kind = Literal["source", "client", "stats", "live", "pixel"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The outcome of authentication.

    A source credential acts with the source's rights and names the creator of each event itself. A client token
    writes as one creator, on the receivers and names it lists (None: any). A stats token reads the receivers
    it lists, or those of an owner. A live token watches the events of all sources as they arrive. A
    pixel token is one event that happens whenever its picture is fetched.

    `source` is the registered source; only what an operator imports comes without. `bound_to` is the thumbprint
    (RFC 7638) of the key that must prove each request. `single_use_id` is of the proof that came with this request,
    where nobody has settled yet whether it was used before. `account` is whose budgets it uses up: all tokens of one
    creator share one, and so do all that read for one owner, or for the same receivers.
    """

    source_name: str
    kind: Kind
    rights: frozenset[str]
    expires_at: float
    creator: str | None = None
    receivers: frozenset[str] | None = None
    names: tuple[str, ...] | None = None
    owner: str | None = None
    source: Source | None = None
    bound_to: str | None = None
    single_use_id: bytes | None = None
    account: str = field(init=False)

    def __post_init__(self) -> None:
        whose = self.creator or self.owner or _digest(self.receivers or ())
        object.__setattr__(self, "account", f"{self.source_name} {self.kind} {whose}")


def _digest(receivers: Iterable[str]) -> str:
    """The same in every process, and of one length."""
    return hashlib.sha256("\n".join(sorted(receivers)).encode()).hexdigest()
