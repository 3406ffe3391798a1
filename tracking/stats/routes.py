"""Stage 6: `GET /v1/stats/…`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from flask import current_app, request
from flask_smorest import Blueprint

from tracking import db
from tracking.errors import Problem
from tracking.stats import schemas

if TYPE_CHECKING:
    from datetime import datetime

    from tracking.services import Services

blueprint = Blueprint("stats", __name__, url_prefix="/v1/stats", description="Counts come out")


@blueprint.get("/timeseries")
@blueprint.arguments(schemas.TimeseriesQuery, location="query", unknown=ma.RAISE)
@blueprint.response(200, schemas.TimeseriesSchema)
@blueprint.doc(security=[{"token": []}])
def timeseries(query: dict[str, Any]) -> dict[str, Any]:
    """Events of a receiver by hour or day, gaps as zeros; by day and name also its exact unique creators."""
    services: Services = current_app.extensions["footfall"]
    grant = services.guard.admit(request, "stats")
    timezone = ZoneInfo(services.settings.reporting_timezone if query["interval"] == "day" else "UTC")
    try:
        start, end = schemas.period(query, timezone)
    except ma.ValidationError as error:
        raise Problem(422, "invalid-parameters", f"{error.field_name}: {error.messages[0]}") from None
    receiver_type, _, receiver_id = query["receiver"].partition(":")
    with services.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            db.query(f"stats_timeseries_{query['interval']}"),
            {
                "receiver_type": receiver_type,
                "receiver_id": receiver_id,
                "name": query.get("name"),
                "from": start,
                "to": end,
                "timezone": timezone.key,
                "receivers": None if grant.receivers is None else sorted(grant.receivers),
                "owner": grant.owner,
            },
        ).all()
    if not rows:
        raise Problem(403, "receiver-not-allowed", f"The token does not allow {query['receiver']}.")
    return {
        "receiver": query["receiver"],
        "name": query.get("name"),
        "interval": query["interval"],
        "timezone": timezone.key,
        "from_": start.isoformat(),
        "to": end.isoformat(),
        "events": sum(row.events for row in rows),
        "buckets": [_bucket(row.start, timezone, row.events, row.creators) for row in rows],
    }


def _bucket(start: datetime, timezone: ZoneInfo, events: int, creators: int | None) -> dict[str, Any]:
    bucket: dict[str, Any] = {"start": start.astimezone(timezone).isoformat(), "events": events}
    return bucket if creators is None else bucket | {"creators": creators}
