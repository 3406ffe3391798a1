"""Counts of a period, as a whole or by its buckets, beside those of another period to compare with."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any, Literal

from tracking.stats.comparing import begun, beside
from tracking.stats.periods import Interval, Period
from tracking.stats.questions import Uniques
from tracking.stats.returning import told_apart

if TYPE_CHECKING:
    from tracking.stats.comparing import Kind
    from tracking.stats.counted import Counted
    from tracking.stats.queries import Compare, SummaryQuery, TimeseriesQuery
    from tracking.stats.questions import Answer, Question


def summary(question: Question, query: SummaryQuery) -> Answer:
    """The counts of the period, and of the one to compare with; or how others do."""
    payload, uniques = _compared(question, query, interval=None)
    if query.compare == "peers":
        payload["peers"] = question.counting.peers()
    spans = {"asked": payload, "compared": payload["compared"]}
    apart = told_apart(question, payload["creators"]) if query.returning else {}
    told: dict[str, Any] = {key: apart[key] for key in ("new", "returning") if key in apart}
    rows = [
        {"period": name}
        | {key: span[key] for key in ("from", "to", "events", "creators")}
        | (told if name == "asked" else dict.fromkeys(told))
        for name, span in spans.items()
        if span
    ]
    return question.answer(uniques, payload | apart, rows)


def timeseries(question: Question, query: TimeseriesQuery) -> Answer:
    """The counts of each bucket of the period, and of the one to compare with.

    Raises `PeriodError` for more buckets than one answer holds.
    """
    payload, uniques = _compared(question, query, interval=query.interval)
    return question.answer(uniques, payload | {"interval": query.interval}, _bucket_rows(payload))


def _compared(
    question: Question, query: SummaryQuery | TimeseriesQuery, interval: Interval | None
) -> tuple[dict[str, Any], Uniques]:
    """The counts of the question's period and of the one to compare with, and how uniques were counted."""
    payload, counted = _span(question, _edges(question.period, interval), interval, uniques=query.uniques)
    payload["compared"] = payload["change"] = None
    compared = None
    kind = _kind(query.compare)
    if kind and (period := begun(question.period, datetime.now(UTC))):
        there = beside(period, _edges(period, interval), kind, interval)
        payload["compared"], compared = _span(question, there, interval, uniques=query.uniques)
        payload["change"] = {
            "events": _change(compared.events, counted.events),
            "creators": _change(compared.creators, counted.creators),
        }
    if not query.uniques:
        return payload, Uniques.NOT_COUNTED
    known = all(one.creators is not None for one in (counted, compared) if one)
    return payload, Uniques.EXACT if known else Uniques.UNKNOWN


def _kind(compare: Compare | Literal["peers"]) -> Kind | None:
    """Of the period to compare with; None: there is none."""
    match compare:
        case "none" | "peers":
            return None
        case kind:
            return kind


def _edges(period: Period, interval: Interval | None) -> list[datetime]:
    return [period.start, period.end] if interval is None else period.edges(interval)


def _span(
    question: Question, edges: list[datetime], interval: Interval | None, *, uniques: bool
) -> tuple[dict[str, Any], Counted]:
    period = Period(edges[0], edges[-1], question.period.timezone)
    if interval is None:
        counted = question.counting.total(period, uniques=uniques)
    else:
        by_day = interval == "day" and question.by_day and period.is_of_days
        counted = question.counting.series(period, edges, uniques=uniques, by_day=by_day)
    span: dict[str, Any] = {
        "from": period.text(period.start),
        "to": period.text(period.end),
        "events": counted.events,
        "creators": counted.creators,
    }
    if interval is not None:
        texts = [period.text(edge) for edge in edges]
        span["buckets"] = [
            {"start": start, "end": end, "events": events, "creators": creators}
            for (start, end), (events, creators) in zip(pairwise(texts), counted.buckets, strict=True)
        ]
    return span, counted


def _change(before: int | None, now: int | None) -> float | None:
    """0.25 is a quarter more; None if there was nothing before, or nothing is known."""
    return None if not before or now is None else round(now / before - 1, 6)


def _bucket_rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each bucket; beside it the bucket of the same number to compare with, if there is one."""
    if payload["compared"] is None:
        return list(payload["buckets"])
    nothing: dict[str, Any] = {}
    return [
        bucket | {f"compared_{key}": other.get(key) for key in ("start", "events", "creators")}
        for bucket, other in zip_longest(payload["buckets"], payload["compared"]["buckets"], fillvalue=nothing)
    ]
