"""Superset's numbers beside those of the stats API: both read the same counts, by ways that share no line."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from deploy.superset.charts import day
from deploy.superset.told import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.superset.charts import Answer
    from deploy.superset.talking import Json

LEAST = 20


class Number(NamedTuple):
    """One number by both ways."""

    what: str
    superset: float | None
    stats: float | None


def compare(charts: dict[str, Answer], stats: Json) -> int:
    """The number of numbers that are equal. Raises `SupersetError` if one is not, or if they are too few."""
    try:
        numbers = [number for way in WAYS for number in way(charts, stats)]
    except KeyError as error:
        raise SupersetError(
            f"the export has no chart, or a chart has no column, {error}: what was saved in Superset?"
        ) from None
    wrong = [number for number in numbers if number.superset != number.stats]
    if wrong:
        first = wrong[0]
        raise SupersetError(
            f"{len(wrong)} of {len(numbers)} numbers differ from the stats API; the first: {first.what}, "
            f"Superset {first.superset}, stats API {first.stats}"
        )
    if len(numbers) < LEAST:
        raise SupersetError(
            f"only {len(numbers)} numbers could be compared, and {LEAST} should be: are there enough events?"
        )
    return len(numbers)


def _period(answer: Answer) -> dict[str, str]:
    if answer.since is None or answer.until is None:
        raise SupersetError("a chart has no time range, so there is no period to ask the stats API for")
    return {"from": answer.since.isoformat(), "to": (answer.until - timedelta(days=1)).isoformat()}


def _total(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    answer = charts["Events"]
    summary = stats.ask("/v1/stats/summary", **_period(answer), uniques="false", compare="none")
    yield Number("events", answer.rows[0]["events"], summary["events"])


def _events_by_day(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    answer = charts["Events by day"]
    series = stats.ask("/v1/stats/timeseries", **_period(answer), uniques="false")["buckets"]
    shown = {str(day(row["day"])): sum(n or 0 for key, n in row.items() if key != "day") for row in answer.rows}
    yield from (
        Number(f"events of {one['start'][:10]}", shown.get(one["start"][:10], 0), one["events"]) for one in series
    )


def _people_by_day(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    answer = charts["People by day"]
    series = stats.ask("/v1/stats/timeseries", **_period(answer))["buckets"]
    told = {bucket["start"][:10]: bucket["creators"] for bucket in series}
    for row in answer.rows:
        when = str(day(row["period_start"]))
        yield Number(f"people of {when}", row["people"], told.get(when))


def _people_by_week(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    """Of the weeks that are over, and begin no earlier than the events."""
    answer = charts["People by week"]
    series = stats.ask("/v1/stats/timeseries", **_period(answer), interval="week")["buckets"]
    told = {bucket["start"][:10]: bucket["creators"] for bucket in series}
    for row in answer.rows:
        monday = day(row["period_start"])
        if answer.until and monday + timedelta(days=7) <= answer.until and str(monday) in told:
            yield Number(f"people of the week of {monday}", row["people"], told[str(monday)])


def _funnel(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    answer = charts["Funnel"]
    told = _parts(stats, answer, by="action")
    yield from (Number(f"{row['action']}s", row["events"], told.get(row["action"])) for row in answer.rows)


def _clicks(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    answer = charts["Custom clicks"]
    told = _parts(stats, answer, by="name", action="click")
    yield from (Number(row["event_name"], row["Clicks"], told.get(row["event_name"])) for row in answer.rows)


def _rates(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    answer = charts["Conversion by source"]
    views, impressions = (_parts(stats, answer, by="source", action=action) for action in ("view", "impression"))
    for row in answer.rows:
        source = row["source"]
        rate = views.get(source, 0) / impressions[source] if impressions.get(source) else None
        shown = row["views_per_impression"]
        yield Number(f"views per impression of {source}", _rounded(shown), _rounded(rate))


def _jobs(charts: dict[str, Answer], stats: Json) -> Iterator[Number]:
    """By rank: receivers of the same title and owner are one row of the chart, and are left out."""
    answer = charts["Most viewed jobs"]
    told = stats.ask("/v1/stats/top", **_period(answer), type="job", name="view", limit=1000, uniques="false")[
        "receivers"
    ]
    titles = [one["title"] for one in told]
    seen = {one["title"]: one["events"] for one in told if titles.count(one["title"]) == 1}
    for row in answer.rows[:20]:
        if row["title"] in seen:
            yield Number(f"views of {row['title']}", row["Views"], seen[row["title"]])


def _parts(stats: Json, answer: Answer, **query: Any) -> dict[str, int]:
    parts = stats.ask("/v1/stats/breakdown", **_period(answer), **query, limit=1000, uniques="false")["parts"]
    return {part["value"]: part["events"] for part in parts}


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(float(rate), 9)


WAYS = (_total, _events_by_day, _people_by_day, _people_by_week, _funnel, _clicks, _rates, _jobs)
