"""A question to the stats API: who asks, for when, and how it is answered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import current_app, request

from tracking.errors import Problem
from tracking.ingest import crawlers
from tracking.stats import counting, periods
from tracking.stats.answers import answer
from tracking.stats.scope import one_receiver, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from tracking.provenance.grants import Grant
    from tracking.services import Services
    from tracking.stats.counting import Counter

SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""What one answer tells was all true at one moment."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, what for, and when; `counter` counts it."""

    query: dict[str, Any]
    period: periods.Period
    counter: Counter
    by_day: bool

    @property
    def kept_since(self) -> str:
        """From when on all raw events are kept, where some were dropped."""
        return self.period.text(self.counter.standing.dropped_until or self.period.start)

    def dropped(self) -> Problem:
        return Problem(422, "raw-events-dropped", f"Raw events before {self.kept_since} were dropped; ask from then.")

    def reply(self, payload: dict[str, Any], rows: list[dict[str, Any]], *, uniques: str) -> Response:
        final = self.counter.standing.final_until
        said = {
            "from": self.period.text(self.period.start),
            "to": self.period.text(self.period.end),
            "timezone": self.period.timezone.key,
            "uniques": uniques,
            "final_until": None if final is None else self.period.text(final),
            "crawlers_known_until": crawlers.lists().newest.isoformat(),
        }
        settled = final is not None and self.period.end <= final and not self.counter.age
        return answer(
            request, said | payload, rows, form=self.query.get("format"), bom=self.query["bom"],
            settled=settled, age=self.counter.age,
        )  # fmt: skip


@contextmanager
def asked(query: dict[str, Any], grant: Grant) -> Iterator[Question]:
    """The question, admitted, on a connection of its own.

    Raises `Problem`: 403 for what the token does not allow, 422 for an impossible period, 429 and 503 as `Turns.turn`.
    """
    services: Services = current_app.extensions["footfall"]
    decided = services.deployment.get()
    timezone = ZoneInfo(query["timezone"]) if "timezone" in query else decided.timezone
    interval = query.get("interval", "day")
    with refused_periods():
        period = periods.between(query.get("from_"), query.get("to"), timezone, interval)
    by_day = (
        interval == "day"
        and timezone.key == decided.timezone.key
        and one_receiver(grant, query)
        and "source" not in query
        and len(query.get("name", ())) == 1
        and not query["name"][0].endswith("*")
    )
    with services.turns.turn(grant.account), services.questions.connect() as connection:
        connection.execution_options(**SNAPSHOT)
        counter = counting.Counter(
            connection, scope(grant, query), memo=services.memo, timezone=decided.timezone,
            lateness_days=decided.lateness_days,
        )  # fmt: skip
        counter.admit(period)
        yield Question(query, period, counter, by_day)


@contextmanager
def refused_periods() -> Iterator[None]:
    try:
        yield
    except periods.PeriodError as error:
        problem = f"{error.field}: {error}"
        raise Problem(422, "invalid-parameters", problem, members={"errors": {error.field: str(error)}}) from None
