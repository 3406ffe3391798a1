"""From counts to what an answer says: buckets with their local times, comparisons, rates."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any

from tracking.stats import counting
from tracking.stats.comparing import begun, beside
from tracking.stats.periods import Interval, Period

if TYPE_CHECKING:
    from tracking.stats.counting import Counts
    from tracking.stats.questions import Question


def compared(question: Question, interval: Interval | None) -> tuple[dict[str, Any], str]:
    """The counts of the question's period and of the one to compare with, and how uniques were counted."""
    payload, counts = _span(question, _edges(question.period, interval), interval)
    kind = question.query["compare"]
    payload["compared"] = payload["change"] = None
    period = None if kind == "none" else begun(question.period, datetime.now(UTC))
    if period is not None:
        there = beside(period, _edges(period, interval), kind, interval)
        payload["compared"], before = _span(question, there, interval)
        payload["change"] = {
            "events": change(before.events, counts.events),
            "creators": change(before.creators, counts.creators),
        }
    if not question.query["uniques"]:
        return payload, counting.NOT_COUNTED
    unknown_somewhere = counts.creators is None or (period is not None and payload["compared"]["creators"] is None)
    return payload, unknown(question) if unknown_somewhere else counting.EXACT


def _edges(period: Period, interval: Interval | None) -> list[datetime]:
    return [period.start, period.end] if interval is None else period.edges(interval)


def _span(question: Question, edges: list[datetime], interval: Interval | None) -> tuple[dict[str, Any], Counts]:
    uniques = question.query["uniques"]
    period = Period(edges[0], edges[-1], question.period.timezone)
    if interval is None:
        counts = question.counter.total(period, uniques=uniques)
    else:
        by_day = interval == "day" and question.by_day and period.is_of_days
        counts = question.counter.series(period, edges, uniques=uniques, by_day=by_day)
    span: dict[str, Any] = {
        "from": period.text(period.start),
        "to": period.text(period.end),
        "events": counts.events,
        "creators": counts.creators,
    }
    if interval is not None:
        texts = [period.text(edge) for edge in edges]
        span["buckets"] = [
            {"start": start, "end": end, "events": events, "creators": creators}
            for (start, end), (events, creators) in zip(pairwise(texts), counts.buckets, strict=True)
        ]
    return span, counts


def unknown(question: Question) -> str:
    kept = "; days of one receiver and name are kept" if question.by_day else ""
    return f"unknown where null: raw events before {question.kept_since} were dropped{kept}"


def change(before: int | None, now: int | None) -> float | None:
    """0.25 is a quarter more; None where there was nothing before, or nothing is known."""
    return None if not before or now is None else round(now / before - 1, 6)


def rate(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def steps(names: list[str], creators: list[int], events: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "step": name,
            "events": events[n],
            "creators": creators[n],
            "rate": rate(creators[n], creators[n - 1]) if n else None,
            "rate_of_first": rate(creators[n], creators[0]),
        }
        for n, name in enumerate(names)
    ]


def summary_rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    spans = {"asked": payload, "compared": payload["compared"]}
    return [
        {"period": name} | {key: span[key] for key in ("from", "to", "events", "creators")}
        for name, span in spans.items()
        if span
    ]


def series_rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each bucket; beside it the bucket of the same number to compare with, where there is one."""
    if payload["compared"] is None:
        return list(payload["buckets"])
    nothing: dict[str, Any] = {}
    return [
        bucket | {f"compared_{key}": other.get(key) for key in ("start", "events", "creators")}
        for bucket, other in zip_longest(payload["buckets"], payload["compared"]["buckets"], fillvalue=nothing)
    ]
