"""Final counts go to the columnstore, where they take a tenth of the space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL


def compress(url: URL) -> None:
    """Compresses what is past COLUMNSTORE_DAYS, and what was changed there since; does nothing where nothing was."""
    with db.connect(url) as connection:
        db.run(connection, "counts_compress")
