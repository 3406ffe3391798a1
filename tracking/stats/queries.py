"""The questions that can be asked: plain values, named as the parameters of the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tracking.stats.periods import Interval

Compare = Literal["previous", "year", "none"]
Form = Literal["json", "csv"]
Order = Literal["events", "creators"]

STEPS = ("impression", "view", "click", "click__application*")
"""The steps of a funnel that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsQuery:
    """Which events, and when; None: any. A day means a whole day of `timezone`, None: of the reporting timezone."""

    receiver: tuple[str, ...] | None = None
    owner: str | None = None
    type: str | None = None
    source: str | None = None
    from_: datetime | date | None = None
    to: datetime | date | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsQuery(EventsQuery):
    """`format` and `bom` say how HTTP answers; nothing is counted otherwise by them."""

    format: Form | None = None
    bom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountQuery(StatsQuery):
    """Counts these names and actions; with unique creators or, which is quicker, without."""

    name: tuple[str, ...] | None = None
    action: tuple[str, ...] | None = None
    uniques: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryQuery(CountQuery):
    """`compare`: "peers" is no other period: similar receivers, as of the last night. `returning`: tells new people
    from those who came before.
    """

    compare: Compare | Literal["peers"] = "previous"
    returning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeseriesQuery(CountQuery):
    compare: Compare = "none"
    interval: Interval = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownQuery(CountQuery):
    """`by`: name, action, detail, source, type, or property:KEY."""

    by: str = "name"
    limit: int = 100

    @property
    def of_property(self) -> str | None:
        """The property's key, if it asks by one."""
        return self.by.removeprefix("property:") if self.by.startswith("property:") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopQuery(CountQuery):
    """`search`: part of a title or an id."""

    order: Order = "events"
    search: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelQuery(StatsQuery):
    """`step`: actions with all their details or, with __ or * in them, names. None: `STEPS`, without the first ones
    that nobody sent.
    """

    step: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainQuery(CountQuery):
    """Asks for the parts of what these names and actions count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapQuery(StatsQuery):
    """Counts who did one thing and another. What is not said of the other is as of the one."""

    name: tuple[str, ...] | None = None
    action: tuple[str, ...] | None = None
    and_receiver: tuple[str, ...] | None = None
    and_name: tuple[str, ...] | None = None
    and_action: tuple[str, ...] | None = None


Query = SummaryQuery | TimeseriesQuery | BreakdownQuery | TopQuery | FunnelQuery | ExplainQuery | OverlapQuery
