"""Attributes of receivers that `analytics.dim_receiver` shows, each as a column that bears its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL

MOST = 50
LONGEST = 63
"""Bytes of a column's name."""
A_NAME = f"the name of an attribute: 1 to {LONGEST} bytes, all of them printable"


class ShownError(Exception):
    """Why an attribute cannot be shown, or hidden, in a sentence."""


def add(url: URL, attribute: str) -> int:
    """Shows an attribute; returns how many receivers have it now. Shown twice is shown once.

    Raises `ShownError`: it is no name, there are too many, a column of the view has its name, or a reader holds
    the view.
    """
    if not (attribute.isprintable() and 1 <= len(attribute.encode()) <= LONGEST):
        raise ShownError(f"{attribute!r} cannot be a column: expected {A_NAME}")
    with db.connect(url) as connection, connection.transaction():
        _lock(connection)
        db.run(connection, "shown_attributes_add", attribute=attribute)
        if len(listed(connection)) > MOST:
            raise ShownError(f"at most {MOST} attributes are shown; remove one first: bi attribute remove NAME")
        try:
            _make(connection)
        except psycopg.errors.DuplicateColumn:
            raise ShownError(f"dim_receiver has a column {attribute} of its own") from None
        ((having,),) = db.run(connection, "shown_attributes_having", attribute=attribute).fetchall()
    return int(having)


def remove(url: URL, attribute: str) -> None:
    """Shows an attribute no more. Raises `ShownError`: it was not shown, or a reader holds the view."""
    with db.connect(url) as connection, connection.transaction():
        _lock(connection)
        if not db.run(connection, "shown_attributes_remove", attribute=attribute).rowcount:
            raise ShownError(f"{attribute!r} is not shown; bi attribute list says which are")
        _make(connection)


def every(url: URL) -> list[str]:
    """The attributes that are shown, by name."""
    with db.connect(url) as connection:
        return listed(connection)


def listed(connection: psycopg.Connection[Any]) -> list[str]:
    return [attribute for (attribute,) in db.run(connection, "shown_attributes_list").fetchall()]


def _lock(connection: psycopg.Connection[Any]) -> None:
    """One change at a time: each makes the view from all attributes."""
    connection.execute("set local lock_timeout = '5s'")
    connection.execute("lock table tracking.shown_attributes in share row exclusive mode")


def _make(connection: psycopg.Connection[Any]) -> None:
    try:
        db.run(connection, "shown_attributes_make")
    except psycopg.errors.LockNotAvailable:
        raise ShownError("somebody has read dim_receiver for longer than five seconds; try again") from None
    except psycopg.errors.DependentObjectsStillExist:
        raise ShownError("a view was built on dim_receiver by hand; drop it first, and make it anew") from None
