"""Counts the people who did one thing and another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking.stats.groups import told
from tracking.stats.questions import Uniques
from tracking.stats.scope import sides

if TYPE_CHECKING:
    from tracking.stats.queries import OverlapQuery
    from tracking.stats.questions import Answer, Question


def overlap(question: Question, query: OverlapQuery) -> Answer:
    """The creators of each side, of both and of either.

    Raises `Problem` 403 for a receiver of either side that is not allowed, and 422 if raw events of one were dropped.
    """
    period, counting, k = question.period, question.counting, question.small_group
    one, other = sides(query)
    if one.receivers is None and other.receivers is not None:  # the scope judged any
        counting.refuse(other.receivers, period)
    if any(counting.gone(period, names=side.names, receivers=side.receivers) for side in (one, other)):
        raise question.dropped()
    found = counting.people(
        "stats_overlap", period, receivers1=one.receivers, step1=one.names, receivers2=other.receivers,
        step2=other.names,
    )[0]  # fmt: skip
    both = told(found.both, k)
    numbers = {"a": found.one, "b": found.other, "both": both, "either": found.one + found.other - both}
    return question.answer(Uniques.EXACT, numbers | {"small_groups": k}, [numbers])
