"""Final counts go to the columnstore, where they take a tenth of the space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL


def compress(url: URL) -> None:
    """Compresses counts older than COLUMNSTORE_DAYS that are not compressed, or changed since."""
    with db.connect(url) as connection:
        db.run(connection, "counts_compress")
