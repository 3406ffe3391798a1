"""Counts the creators who came from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracking.stats.queries import STEPS
from tracking.stats.questions import Uniques
from tracking.steps import of_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.stats.queries import FunnelQuery
    from tracking.stats.questions import Answer, Question


def funnel(question: Question, query: FunnelQuery) -> Answer:
    """The creators and events of each step. Raises `Problem` 422 if raw events of the period were dropped."""
    names = query.step or STEPS
    meant = [of_step(name) for name in names]
    if question.counting.gone(question.period, names=[pattern for step in meant for pattern in step]):
        raise question.dropped()
    creators, events = question.counting.funnel(question.period, meant)
    skip = 0
    if query.step is None and any(events):
        skip = next(n for n, sent in enumerate(events) if sent)
    if skip:
        creators, events = question.counting.funnel(question.period, meant[skip:])
    left_out, names = names[:skip], names[skip:]
    steps = _steps(names, creators, events)
    by_name = dict(zip(names, events, strict=True))
    ctr = _rate(by_name.get("click", 0), by_name.get("impression", 0))
    return question.answer(Uniques.EXACT, {"steps": steps, "left_out": list(left_out), "ctr": ctr}, steps)


def _steps(names: Sequence[str], creators: list[int], events: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "step": name,
            "events": events[n],
            "creators": creators[n],
            "rate": _rate(creators[n], creators[n - 1]) if n else None,
            "rate_of_first": _rate(creators[n], creators[0]),
        }
        for n, name in enumerate(names)
    ]


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
