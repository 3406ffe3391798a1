"""Keeps the trails up to date: who did what, when, receiver by receiver (sql/functions/extend_trails.sql)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL

STEP = 1_000_000
"""Events of one transaction, or as many more as one commit stored."""


def extend(url: URL, step: int = STEP) -> int:
    """Takes in all events that arrived until now; returns their number. It may be broken off at any time."""
    added: int = 0
    with db.connect(url) as connection:
        ((settled,),) = db.run(connection, "settled_until").fetchall()
        while True:
            ((reach,),) = db.run(connection, "trails_reach", most=step).fetchall()
            ((taken,),) = db.run(connection, "trails_extend", reach=reach).fetchall()
            added += taken
            if reach >= settled:
                return added
