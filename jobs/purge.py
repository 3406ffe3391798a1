"""What is kept only as long as events may arrive late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL


def recent_actions(url: URL, lateness_days: int) -> None:
    """Forgets the double-fire guard's windows that no event can fall into any more."""
    engine = db.engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(db.query("recent_actions_purge"), {"lateness_days": lateness_days})
    finally:
        engine.dispose()
