"""Asks the counts. The API does it for a request; any code that has a grant can ask without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking.errors import Problem
from tracking.stats.explain import explain
from tracking.stats.funnel import funnel
from tracking.stats.overlap import overlap
from tracking.stats.parts import breakdown, top
from tracking.stats.periods import PeriodError
from tracking.stats.queries import (
    BreakdownQuery,
    ExplainQuery,
    FunnelQuery,
    OverlapQuery,
    SummaryQuery,
    TimeseriesQuery,
    TopQuery,
)
from tracking.stats.questions import answered
from tracking.stats.spans import summary, timeseries

if TYPE_CHECKING:
    from tracking.provenance.grants import Grant
    from tracking.stats.queries import Query
    from tracking.stats.questions import Answer, Counts, Question


def ask(counts: Counts, grant: Grant, query: Query) -> Answer:
    """The answer to one question, as far as the grant allows it.

    Raises `Problem`: 403 for what the grant does not allow; 422 for an impossible period, for what takes too long to
    count, and for what only dropped raw events could tell; 429 and 503 as `Turns.turn`.
    """
    try:
        return answered(counts, grant, query, lambda question: _answer(question, query, grant))
    except PeriodError as error:
        problem = f"{error.field}: {error}"
        raise Problem(422, "invalid-parameters", problem, members={"errors": {error.field: str(error)}}) from None


def _answer(question: Question, query: Query, grant: Grant) -> Answer:
    match query:
        case SummaryQuery():
            return summary(question, query)
        case TimeseriesQuery():
            return timeseries(question, query)
        case BreakdownQuery():
            return breakdown(question, query)
        case TopQuery():
            return top(question, query)
        case FunnelQuery():
            return funnel(question, query)
        case ExplainQuery():
            return explain(question, query, grant)
        case OverlapQuery():
            return overlap(question, query)
