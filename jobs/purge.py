"""What is kept only as long as it can matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL


def recent_actions(url: URL) -> None:
    """Forgets the double-fire guard's windows that no event can fall into any more."""
    _run(url, "recent_actions_purge")


def proof_ids(url: URL) -> None:
    """Forgets the single-use ids of proofs that are too old to be taken again."""
    _run(url, "proof_ids_purge")


def _run(url: URL, query: str) -> None:
    engine = db.engine(url)
    try:
        with engine.begin() as connection:
            db.run(connection, query)
    finally:
        engine.dispose()
