"""Explains a number: what was stored, what of it counts, and why the rest does not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tracking.stats import gathering, ruling, telling
from tracking.stats.gathering import Gathered
from tracking.stats.questions import Uniques

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from tracking.provenance.grants import Grant
    from tracking.stats.periods import Interval, Period
    from tracking.stats.queries import ExplainQuery
    from tracking.stats.questions import Answer, Question

HOURS, DAYS = timedelta(days=3, hours=1), timedelta(days=100, hours=1)
"""Periods up to so long are told by hour and by day; longer ones by month."""

RESTATED = 100
"""Days and reasons of restatements that are told."""


def explain(question: Question, query: ExplainQuery, grant: Grant) -> Answer:
    """The parts of what `summary` counts, in total, by source and in time.

    Raises `PeriodError` for more months than one answer holds.
    """
    period, counting = question.period, question.counting
    interval = _interval(period)
    edges = period.edges(interval)
    least = question.small_group or 0
    counted = counting.total(period, uniques=query.uniques)
    cells = _cells(question, edges, uniques=query.uniques or least > 0, least=least)
    buckets = [gathering.total(row.values()) for row in cells]
    whole = gathering.total(buckets)
    if not all(bucket.left_out is not None for bucket in buckets):
        whole.left_out = None
    runs = gathering.in_time(buckets, least)
    by_source = gathering.by_source(_by_source(cells, whole), least)
    rules = ruling.in_force(counting, query, period, everything=grant.kind == "source")
    uniques = (
        Uniques.NOT_COUNTED if not query.uniques else Uniques.UNKNOWN if counted.creators is None else Uniques.EXACT
    )
    payload = {
        "events": counted.events,
        "creators": counted.creators,
        "total": whole.told(),
        "sources": [{"sources": names, **part.told()} for names, part in by_source],
        "interval": interval,
        "buckets": [
            {"start": period.text(edges[first]), "end": period.text(edges[behind]), **part.told()}
            for first, behind, part in runs
        ],
        "small_groups": question.small_group,
        "reasons_since": None if whole.left_out is not None else question.kept_since,
        **_restated(question),
        "never_stored": _never_stored(question, query, grant),
        "rules": rules.told,
        "windows": rules.windows,
        "lateness_days": counting.lateness_days,
    }
    payload["words"] = telling.sentences(question, payload, rules)
    table = gathering.rows(
        [("total", "", whole)]
        + [("source", " ".join(names), part) for names, part in by_source]
        + [(interval, period.text(edges[first]), part) for first, _, part in runs]
    )
    return question.answer(uniques, payload, table)


def _interval(period: Period) -> Interval:
    length = period.end - period.start
    return "hour" if length <= HOURS else "day" if length <= DAYS else "month"


def _cells(question: Question, edges: list[datetime], *, uniques: bool, least: int) -> list[dict[str, Gathered]]:
    """The parts by bucket and source. Of a bucket of which raw rows were dropped, the reasons are not known."""
    dropped = question.counting.coverage.dropped_until
    cells: list[dict[str, Gathered]] = []
    for start in edges[:-1]:
        known = dropped is None or start >= dropped
        cells.append({} if known else {"": Gathered(left_out=None)})

    def cell(row: Row[Any]) -> Gathered:
        source: str = row.source
        number: int = row.bucket
        bucket = cells[number - 1]
        if source not in bucket:
            bucket[source] = Gathered(left_out=None) if "" in bucket else Gathered()
        return bucket[source]

    for row in question.counting.parted(question.period, edges, uniques=uniques, most=least):
        one = cell(row)
        one.counted += row.events
        one.people.update(row.people or ())
    for row in question.counting.left_out(question.period, edges):
        one = cell(row)
        if one.left_out is not None:
            one.left_out[row.excluded] += row.events
    return cells


def _by_source(cells: Sequence[dict[str, Gathered]], whole: Gathered) -> dict[str, Gathered]:
    """The parts by source; their reasons are not known if those of the whole are not."""
    found: dict[str, Gathered] = {}
    for row in cells:
        for source, part in row.items():
            if source:
                found[source] = found.get(source, Gathered()) + part
    if whole.left_out is None:
        for part in found.values():
            part.left_out = None
    return found


def _restated(question: Question) -> dict[str, Any]:
    """What was told of these receivers and changed later, by day and reason; and how many more of these there are."""
    rows = question.counting.restated(question.period, RESTATED)
    told = [
        {
            "day": row.day.isoformat(),
            "reason": row.reason,
            "restated_at": question.period.text(row.restated_at),
            "receivers": row.receivers,
            "events": row.events,
            "creators": row.creators,
        }
        for row in rows
    ]
    return {"restatements": told, "restatements_more": rows[0].listed - len(rows) if rows else 0}


def _never_stored(question: Question, query: ExplainQuery, grant: Grant) -> dict[str, int] | None:
    """What came in this time and was not stored; None if the question is about receivers: the ledger knows none."""
    if grant.kind != "source" or query.receiver or query.owner or query.type:
        return None
    period = question.period
    rows = question.counting.look_up("explain_never_stored", **{"from": period.start, "to": period.end})
    return dict.fromkeys(("duplicate", "conflict", "rejected"), 0) | {row.verdict: row.events for row in rows}
