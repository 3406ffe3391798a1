"""A link to a page that works at once: with tokens in the fragment, which stays in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking.provenance import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence


def docs_page(url: str, credential: str, *, creator: str, receivers: Sequence[str], seconds: int, audience: str) -> str:
    """The API's page with a token of each kind to try it: as this creator, and with the counts of these receivers."""
    made = (
        tokens.mint(credential, "client", seconds=seconds, audience=audience, creator=creator),
        tokens.mint(credential, "stats", seconds=seconds, audience=audience, receivers=list(receivers)),
        tokens.mint(credential, "live", seconds=seconds, audience=audience),
    )
    return f"{url}/docs#{'&'.join(f'token={token}' for token in made)}"
