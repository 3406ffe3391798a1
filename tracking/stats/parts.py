"""Counts of a period by its parts: by names, sources, types or a property, and by receivers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tracking.errors import Problem
from tracking.stats.groups import told
from tracking.stats.questions import Uniques

if TYPE_CHECKING:
    from tracking.stats.queries import BreakdownQuery, CountQuery, TopQuery
    from tracking.stats.questions import Answer, Question

PROPERTY_DAYS = 31


def breakdown(question: Question, query: BreakdownQuery) -> Answer:
    """The counts by name, source, type or property.

    Raises `Problem` 422 for a property over too long a period, or if its raw events were dropped.
    """
    period, key = question.period, query.of_property
    from_raw = key is not None
    if from_raw and period.end - period.start > timedelta(days=PROPERTY_DAYS, hours=1):
        most = f"properties are counted from raw events, of at most {PROPERTY_DAYS} days"
        raise Problem(422, "invalid-parameters", f"from: {most}", members={"errors": {"from": most}})
    gone = (from_raw or query.uniques) and question.counting.gone(period, raw=from_raw)
    if from_raw and gone:
        raise question.dropped()
    uniques = _uniques(query, gone=gone)
    known = uniques is Uniques.EXACT
    rest = k = None
    if key is None:
        rows = question.counting.breakdown(period, query.by, query.limit, uniques=known)
        total = rows[0].total if rows else 0
    else:
        k = question.small_group
        rows, total = question.counting.by_property(period, key, query.limit, uniques=known, step=k or 1)
        if k:
            rest = {"events": told(total, k) - sum(row.events for row in rows)}
    parts = [{"value": row.value, "events": row.events, "creators": row.creators if known else None} for row in rows]
    payload = {
        "by": query.by,
        "counted_from": "events" if from_raw or known else "aggregates",
        "events": total,
        "parts": parts,
        "more": max(0, rows[0].parts - query.limit) if rows else 0,
        "rest": rest,
        "small_groups": k,
    }
    return question.answer(uniques, payload, parts)


def top(question: Question, query: TopQuery) -> Answer:
    """The receivers with most events or creators.

    Raises `Problem` 422 for the order by creators if raw events were dropped.
    """
    gone = query.uniques and question.counting.gone(question.period)
    if gone and query.order == "creators":
        raise question.dropped()
    uniques = _uniques(query, gone=gone)
    known = uniques is Uniques.EXACT
    rows = question.counting.top(question.period, query.order, query.search, query.limit, uniques=known)
    receivers = [
        {
            "receiver": f"{row.receiver_type}:{row.receiver_id}",
            "title": row.title,
            "url": row.url,
            "events": row.events,
            "creators": row.creators if known else None,
        }
        for row in rows
    ]
    payload = {
        "order": query.order,
        "events": rows[0].total if rows else 0,
        "receivers": receivers,
        "more": max(0, rows[0].listed - query.limit) if rows else 0,
    }
    return question.answer(uniques, payload, receivers)


def _uniques(query: CountQuery, *, gone: bool) -> Uniques:
    if not query.uniques:
        return Uniques.NOT_COUNTED
    return Uniques.UNKNOWN if gone else Uniques.EXACT
