"""The job that judges what arrived in each minute, and makes the alerts of what it finds, in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tracking import db
from tracking.alarms import alerts
from tracking.alarms.incidents import Incident
from tracking.alarms.targets import targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from tracking.alarms.targets import Target
    from tracking.settings import Settings

LASTING = timedelta(days=1)
"""After which an alert that could not be sent is not sent any more."""


def watch(settings: Settings) -> int:
    """Judges each minute since the last run; returns the number of alerts that it made."""
    engine = db.engine(db.owner_url(settings))
    try:
        with engine.begin() as connection:
            db.run(connection, "alarms_watch")
            return tell(connection, targets(settings))
    finally:
        engine.dispose()


def tell(connection: Connection, told: Sequence[Target]) -> int:
    """Makes a message of each incident that opened or is over, for each target, in the caller's transaction."""
    news = [
        (Incident(*tuple(row)[1:]), alerts.OVER if row.was_told else alerts.OPENED)
        for row in db.run(connection, "incidents_untold")
    ]
    if not news:
        return 0
    now: datetime = db.run(connection, "now").scalar_one()
    for target in told:
        messages = [target.message(*one) for one in news]
        db.run(connection, "alerts_resume", address=target.address)
        db.run(
            connection, "messages_freeze",
            channel=target.channel,
            messages=[message.id for message in messages],
            addresses=[message.address for message in messages],
            bodies=[message.body for message in messages],
            repeatable=[target.repeats for _ in messages],
            expiries=[now + LASTING for _ in messages],
            quiet=["[]" for _ in messages],
            timezones=["UTC" for _ in messages],
        )  # fmt: skip
    return len(news) * len(told)
