"""Stage 6: `/v1/stats/…`. Each view: who asks, for when, count, answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_smorest import Blueprint

from tracking.errors import Problem
from tracking.stats import counting, schemas, shapes
from tracking.stats.asking import asked_at
from tracking.stats.questions import asked, refused_periods
from tracking.stats.scope import of_step

if TYPE_CHECKING:
    from flask import Response

    from tracking.provenance.grants import Grant
    from tracking.stats.questions import Question

blueprint = Blueprint("stats", __name__, url_prefix="/v1/stats", description="Counts come out")

PROPERTY_DAYS = 31


@asked_at(blueprint, "/summary", schemas.Compared, schemas.SummarySchema)
def summary(query: dict[str, Any], grant: Grant) -> Response:
    """Events and exact unique creators of a period, the period before, and the change."""
    with asked(query, grant) as question:
        payload, uniques = shapes.compared(question, interval=None)
    rows = shapes.summary_rows(payload)
    return question.reply(payload, rows, uniques=uniques)


@asked_at(blueprint, "/timeseries", schemas.TimeseriesQuery, schemas.TimeseriesSchema)
def timeseries(query: dict[str, Any], grant: Grant) -> Response:
    """Events and exact unique creators by hour, day, week or month of any timezone, gaps as zeros."""
    with asked(query, grant) as question, refused_periods():
        payload, uniques = shapes.compared(question, interval=query["interval"])
    payload["interval"] = query["interval"]
    return question.reply(payload, shapes.series_rows(payload), uniques=uniques)


@asked_at(blueprint, "/breakdown", schemas.BreakdownQuery, schemas.BreakdownSchema)
def breakdown(query: dict[str, Any], grant: Grant) -> Response:
    """Events and exact unique creators by name, action, detail, source, receiver type, or a property."""
    by, limit = query["by"], query["limit"]
    from_raw = by.startswith("property:")
    with asked(query, grant) as question:
        period = question.period
        if from_raw and period.end - period.start > timedelta(days=PROPERTY_DAYS, hours=1):
            most = f"properties are counted from raw events, of at most {PROPERTY_DAYS} days"
            raise Problem(422, "invalid-parameters", f"from: {most}", members={"errors": {"from": most}})
        gone = (from_raw or query["uniques"]) and question.counter.gone(period)
        if from_raw and gone:
            raise question.dropped()
        uniques = query["uniques"] and not gone
        rows = question.counter.breakdown(period, by, limit, uniques=uniques)
    parts = [{"value": row.value, "events": row.events, "creators": row.creators if uniques else None} for row in rows]
    payload = {
        "by": by,
        "counted_from": "raw events" if from_raw or uniques else "aggregates",
        "events": rows[0].total if rows else 0,
        "parts": parts,
        "more": max(0, rows[0].parts - limit) if rows else 0,
    }
    return question.reply(payload, parts, uniques=_uniques(question, gone=gone))


@asked_at(blueprint, "/top", schemas.TopQuery, schemas.TopSchema)
def top(query: dict[str, Any], grant: Grant) -> Response:
    """Receivers with their titles, most events or most unique creators first."""
    limit, order = query["limit"], query["order"]
    with asked(query, grant) as question:
        gone = query["uniques"] and question.counter.gone(question.period)
        if gone and order == "creators":
            raise question.dropped()
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


@asked_at(blueprint, "/funnel", schemas.FunnelQuery, schemas.FunnelSchema)
def funnel(query: dict[str, Any], grant: Grant) -> Response:
    """How many creators came from step to step, in order and on the same receiver, with rates."""
    names = query.get("step", list(schemas.STEPS))
    with asked(query, grant) as question:
        meant = [of_step(name) for name in names]
        skip = 0
        if question.counter.gone(question.period, names=[pattern for step in meant for pattern in step]):
            raise question.dropped()
        creators, events = question.counter.funnel(question.period, meant)
        if "step" not in query and any(events):
            skip = next(n for n, sent in enumerate(events) if sent)
        if skip:
            creators, events = question.counter.funnel(question.period, meant[skip:])
    left_out, names = names[:skip], names[skip:]
    steps = shapes.steps(names, creators, events)
    by_name = dict(zip(names, events, strict=True))
    ctr = shapes.rate(by_name.get("click", 0), by_name.get("impression", 0))
    return question.reply({"steps": steps, "left_out": left_out, "ctr": ctr}, steps, uniques=counting.EXACT)


def _uniques(question: Question, *, gone: bool) -> str:
    if not question.query["uniques"]:
        return counting.NOT_COUNTED
    return shapes.unknown(question) if gone else counting.EXACT
