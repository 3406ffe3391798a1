"""Tells new people of a period from those who returned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tracking.stats.groups import told
from tracking.stats.periods import midnight

if TYPE_CHECKING:
    from datetime import datetime

    from tracking.stats.questions import Question

LOOKS_BACK = timedelta(days=365)


def told_apart(question: Question, creators: int | None) -> dict[str, Any]:
    """The members of an answer that say who of these creators is new."""
    k, since = question.small_group, _since(question) if creators is not None else None
    if creators is None or since is None:
        note = f"unknown: raw events before {question.kept_since} were dropped"
        nothing = {"new": None, "returning": None, "returning_since": None}
        return nothing | {"returning_note": note, "small_groups": k}
    period = question.period
    found = question.counting.people(
        "stats_returning", replace(period, start=since), edges=_edges(question, since), split=period.start
    )[0]
    again = told(found.both, k)
    return {
        "new": creators - again,
        "returning": again,
        "returning_since": period.text(since),
        "returning_note": "returning: did such a thing between returning_since and the period",
        "small_groups": k,
    }


def _since(question: Question) -> datetime | None:
    """A year before the period, or since when all is kept; None if less is."""
    counting = question.counting
    first = _midnight(question, question.period.start - LOOKS_BACK)
    for since in (first, max(first, _midnight(question, counting.kept_since + timedelta(days=1)))):
        if since < question.period.start:
            longer = replace(question.period, start=since)
            if not counting.gone(longer, edges=_edges(question, since)):
                return since
    return None


def _midnight(question: Question, moment: datetime) -> datetime:
    """The begin of its day: trails of days long gone know times by the day."""
    timezone = question.counting.timezone
    return midnight(moment.astimezone(timezone).date(), timezone)


def _edges(question: Question, since: datetime) -> list[datetime]:
    return [since, question.period.start, question.period.end]
