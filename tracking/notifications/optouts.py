"""Who wants no more of which kind of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Row


def stop(connection: Connection, person: str, kinds: Collection[str]) -> None:
    """Stops these kinds. One that is stopped already stays so since then."""
    db.run(connection, "optouts_add", person=person, kinds=list(kinds))


def put(connection: Connection, person: str, kinds: Collection[str]) -> None:
    """Stops these kinds and no other. Of two calls at once each is done as a whole."""
    db.run(connection, "optouts_lock")
    db.run(connection, "optouts_remove", person=person, but=list(kinds))
    stop(connection, person, kinds)


def stopped(connection: Connection, person: str) -> list[Row[Any]]:
    """(kind, since) of each kind that is stopped."""
    return list(db.run(connection, "optouts_list", person=person))
