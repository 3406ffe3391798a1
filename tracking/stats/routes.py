"""Stage 6: `GET /v1/stats/…`. Each view: who asks, for when, count, answer."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from flask import Response, current_app, request
from flask_smorest import Blueprint

from tracking.errors import Problem
from tracking.stats import counting, periods, schemas, shapes
from tracking.stats.answers import answer
from tracking.stats.scope import of_step, one_receiver, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.services import Services
    from tracking.stats.counting import Counter

blueprint = Blueprint("stats", __name__, url_prefix="/v1/stats", description="Counts come out")

PROPERTY_DAYS = 31


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, what for, and when; `counter` counts it."""

    query: dict[str, Any]
    period: periods.Period
    counter: Counter
    by_day: bool

    def reply(self, payload: dict[str, Any], rows: list[dict[str, Any]], *, uniques: str) -> Response:
        final = self.counter.standing.final_until
        said = {
            "from": shapes.text(self.period, self.period.start),
            "to": shapes.text(self.period, self.period.end),
            "timezone": self.period.timezone.key,
            "uniques": uniques,
            "final_until": None if final is None else shapes.text(self.period, final),
        }
        settled = final is not None and self.period.end <= final and not self.counter.age
        return answer(
            request, said | payload, rows, form=self.query.get("format"), settled=settled, age=self.counter.age
        )


@contextmanager
def asked(query: dict[str, Any]) -> Iterator[Question]:
    """The question, admitted, on a connection of its own.

    Raises `Problem`: 401 and 403 as the guard, 403 for what the token does not allow, 422 for an impossible period.
    """
    services: Services = current_app.extensions["footfall"]
    settings = services.settings
    grant = services.guard.admit(request, "stats")
    timezone = ZoneInfo(query.get("timezone", settings.reporting_timezone))
    interval = query.get("interval", "day")
    with refused_periods():
        period = periods.between(query.get("from_"), query.get("to"), timezone, interval)
    by_day = (
        interval == "day"
        and timezone.key == settings.reporting_timezone
        and one_receiver(grant, query)
        and "source" not in query
        and len(query.get("name", ())) == 1
        and not query["name"][0].endswith("*")
    )
    with services.engine.connect() as connection:
        counter = counting.Counter(
            connection, scope(grant, query), memo=services.memo, timezone=ZoneInfo(settings.reporting_timezone),
            lateness_days=settings.lateness_days,
        )  # fmt: skip
        counter.admit(period)
        yield Question(query, period, counter, by_day)


@contextmanager
def refused_periods() -> Iterator[None]:
    try:
        yield
    except periods.PeriodError as error:
        problem = f"{error.field}: {error}"
        raise Problem(422, "invalid-parameters", problem, members={"errors": {error.field: str(error)}}) from None


@blueprint.get("/summary")
@blueprint.arguments(schemas.Compared, location="query", unknown=ma.RAISE)
@blueprint.response(200, schemas.SummarySchema)
@blueprint.doc(security=[{"token": []}])
def summary(query: dict[str, Any]) -> Response:
    """Events and exact unique creators of a period, the period before, and the change."""
    with asked(query) as question:
        payload, uniques = shapes.compared(question, interval=None)
    rows = shapes.summary_rows(payload)
    return question.reply(payload, rows, uniques=uniques)


@blueprint.get("/timeseries")
@blueprint.arguments(schemas.TimeseriesQuery, location="query", unknown=ma.RAISE)
@blueprint.response(200, schemas.TimeseriesSchema)
@blueprint.doc(security=[{"token": []}])
def timeseries(query: dict[str, Any]) -> Response:
    """Events and exact unique creators by hour, day, week or month of any timezone, gaps as zeros."""
    with asked(query) as question, refused_periods():
        payload, uniques = shapes.compared(question, interval=query["interval"])
    payload["interval"] = query["interval"]
    return question.reply(payload, shapes.series_rows(payload), uniques=uniques)


@blueprint.get("/breakdown")
@blueprint.arguments(schemas.BreakdownQuery, location="query", unknown=ma.RAISE)
@blueprint.response(200, schemas.BreakdownSchema)
@blueprint.doc(security=[{"token": []}])
def breakdown(query: dict[str, Any]) -> Response:
    """Events and exact unique creators by name, action, detail, source, receiver type, or a property."""
    by, limit = query["by"], query["limit"]
    from_raw = by.startswith("property:")
    with asked(query) as question:
        period = question.period
        if from_raw and period.end - period.start > timedelta(days=PROPERTY_DAYS, hours=1):
            most = f"properties are counted from raw events, of at most {PROPERTY_DAYS} days"
            raise Problem(422, "invalid-parameters", f"from: {most}", members={"errors": {"from": most}})
        gone = (from_raw or query["uniques"]) and question.counter.gone(period)
        if from_raw and gone:
            raise Problem(
                422, "raw-events-dropped", f"Raw events before {_since(question)} were dropped; ask from then."
            )
        uniques = query["uniques"] and not gone
        rows = question.counter.breakdown(period, by, limit, uniques=uniques)
    parts = [{"value": row.value, "events": row.events, "creators": row.creators if uniques else None} for row in rows]
    payload = {
        "by": by,
        "counted_from": "raw events" if from_raw else "aggregates",
        "events": rows[0].total if rows else 0,
        "parts": parts,
        "more": max(0, rows[0].parts - limit) if rows else 0,
    }
    return question.reply(payload, parts, uniques=_uniques(question, gone=gone))


@blueprint.get("/top")
@blueprint.arguments(schemas.TopQuery, location="query", unknown=ma.RAISE)
@blueprint.response(200, schemas.TopSchema)
@blueprint.doc(security=[{"token": []}])
def top(query: dict[str, Any]) -> Response:
    """Receivers with their titles, most events or most unique creators first."""
    limit, order = query["limit"], query["order"]
    with asked(query) as question:
        gone = query["uniques"] and question.counter.gone(question.period)
        if gone and order == "creators":
            raise Problem(
                422, "raw-events-dropped", f"Raw events before {_since(question)} were dropped; ask from then."
            )
        uniques = query["uniques"] and not gone
        rows = question.counter.top(question.period, order, query.get("search"), limit, uniques=uniques)
    receivers = [
        {
            "receiver": f"{row.receiver_type}:{row.receiver_id}",
            "title": row.title,
            "url": row.url,
            "events": row.events,
            "creators": row.creators if uniques else None,
        }
        for row in rows
    ]
    payload = {
        "order": order,
        "events": rows[0].total if rows else 0,
        "receivers": receivers,
        "more": max(0, rows[0].listed - limit) if rows else 0,
    }
    return question.reply(payload, receivers, uniques=_uniques(question, gone=gone))


@blueprint.get("/funnel")
@blueprint.arguments(schemas.FunnelQuery, location="query", unknown=ma.RAISE)
@blueprint.response(200, schemas.FunnelSchema)
@blueprint.doc(security=[{"token": []}])
def funnel(query: dict[str, Any]) -> Response:
    """How many creators came from step to step, in order and on the same receiver, with rates."""
    names = query.get("step", list(schemas.STEPS))
    with asked(query) as question:
        meant = [of_step(name) for name in names]
        if question.counter.gone(question.period, names=[pattern for step in meant for pattern in step]):
            raise Problem(
                422, "raw-events-dropped", f"Raw events before {_since(question)} were dropped; ask from then."
            )
        creators, events = question.counter.funnel(question.period, meant)
    steps = shapes.steps(names, creators, events)
    by_name = dict(zip(names, events, strict=True))
    ctr = shapes.rate(by_name.get("click", 0), by_name.get("impression", 0))
    return question.reply({"steps": steps, "ctr": ctr}, steps, uniques=counting.EXACT)


def _since(question: Question) -> str:
    since = question.counter.standing.raw_since
    return "now" if since is None else shapes.text(question.period, since)


def _uniques(question: Question, *, gone: bool) -> str:
    if not question.query["uniques"]:
        return counting.NOT_COUNTED
    return shapes.unknown(question) if gone else counting.EXACT
