"""What is found out about a deployment before vectors are sent, and which of them it cannot be held against."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tracking.catalogue.windows import Entry, Rule, RuleOf
from tracking.conformance.masks import Mask
from tracking.conformance.moments import Clock, first_day, is_of_clock
from tracking.conformance.target import LIFE, Refused, Sent, Target, document, said
from tracking.conformance.vectors import Step, defaults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracking.conformance.vectors import Vector

AGES_AGO = "2001-01-01T00:00:00Z"
_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
BEFORE = re.compile(f"nothing before {_MOMENT}")
"""In the reason why an event is too old: what is taken still."""
DROPPED = re.compile(f"raw events before {_MOMENT}")
"""In the reason why it is far too old: since when raw events are kept, which says nothing of what is taken."""
DAYS_AGO = 2
"""The day of the vectors: all of what happens on it and the day after is over."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A deployment's own: by how much its clock is `ahead` of ours, the version of its standard, how late an event may
    be, and its catalogue, if that is told.
    """

    ahead: timedelta
    version: str | None
    lateness: timedelta
    catalogue: list[dict[str, Any]] | None
    why_no_catalogue: str = ""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def clock(self) -> Clock:
        ahead = timedelta(seconds=defaults().future_seconds)
        day = self.now().date() - timedelta(days=DAYS_AGO)
        return Clock(day, lambda: self.now() - self.lateness, lambda: self.now() + ahead)


def find_out(target: Target, prefix: str) -> Facts:
    """Raises `Refused` if a right is missing without which nothing can be compared.

    Leaves one rejected event behind, which says how late an event may be.
    """
    credential = target.credentials["web"]
    asked = {"kind": "client", "creator": prefix, "expires_in": LIFE}
    before = time.time()
    now = target.call("POST", "/v1/tokens", asked, credential).get("now")
    ahead = timedelta(seconds=now - before if isinstance(now, int | float) else 0)
    answer, _ = target.ask("summary", {"receiver": [f"conform-job:{prefix}"], "compare": "none"})
    reply = target.exchange("GET", "/v1/event-types?days=1", None, {"Authorization": f"Bearer {credential}"})
    catalogue = document(reply).get("event_types") if reply.status == 200 else None
    return Facts(
        ahead=ahead,
        version=answer.get("counting_standard"),
        lateness=_lateness(target, prefix, datetime.now(UTC) + ahead),
        catalogue=catalogue,
        why_no_catalogue="" if catalogue is not None else said(reply),
    )


def _lateness(target: Target, prefix: str, now: datetime) -> timedelta:
    verdict = _too_old(target, prefix, AGES_AGO)
    if dropped := DROPPED.search(str(verdict.get("reason"))):
        since = datetime.fromisoformat(dropped[1]) + timedelta(seconds=1)  # its fraction is not told
        verdict = _too_old(target, prefix, since.isoformat())
    found = BEFORE.search(str(verdict.get("reason")))
    if found is None:
        raise Refused(f"an event of 2001 is {verdict.get('verdict')}: it should be rejected, as too old")
    return now - datetime.fromisoformat(found[1])


def _too_old(target: Target, prefix: str, moment: str) -> dict[str, Any]:
    (verdict,) = target.send([Sent(0, 1, Step(verdict="rejected"), moment)], Mask(prefix, {}))
    return verdict


def lacks(vector: Vector, facts: Facts | None = None) -> str | None:
    """Why a deployment cannot be held against this vector, in words; None: it can. Without facts: why none can."""
    if vector.day is not None:
        return "only an import reaches their day"
    if vector.catalogue or vector.types:
        return "they need names or types of their own in the catalogue"
    if any(step.source != "web" for step in vector.events):
        return "they need a second source"
    if any(is_of_clock(step) for step in vector.events):
        return "they need a clock that stands still"
    if facts is None:
        return None
    if any(step.owner for step in vector.events) and facts.catalogue is None:
        return "they need the right catalogue, to say whose a receiver is"
    clock = facts.clock()
    if first_day(vector, clock.day) < clock.oldest():
        return f"they reach back more than the {facts.lateness.days} days that this deployment takes"
    return _differing(vector, facts.catalogue) if facts.catalogue is not None else None


def _differing(vector: Vector, catalogue: list[dict[str, Any]]) -> str | None:
    """How the deployment's catalogue differs from the standard's defaults, of a name that the vector has."""
    ours, theirs = rules(defaults().event_types), rules(catalogue)
    rejecting = {entry["name"] for entry in catalogue if entry.get("schema") and entry.get("mode") == "reject"}
    for name in dict.fromkeys(step.name for step in vector.events if step.owner is None):
        if ours[name] != theirs[name]:
            return f"{name}: {_words(theirs[name])} here; {_words(ours[name])} in the standard"
        if name in rejecting or f"{name.partition('__')[0]}__*" in rejecting:
            return f"the catalogue rejects properties of {name}"
    return None


def rules(entries: Iterable[dict[str, Any]]) -> RuleOf:
    """The rule of each name, by entries as `GET /v1/event-types` has them."""
    return RuleOf(
        {
            entry["name"]: Entry(
                entry.get("repeat_window_seconds"), bool(entry.get("across_sources")), entry.get("per_day")
            )
            for entry in entries
        }
    )


def _words(rule: Rule) -> str:
    window = f"a window of {rule.seconds:g} s" if rule.seconds else "no window"
    whose = "" if rule.is_known else " for clients"
    across = " across sources" if rule.across_sources else ""
    return f"{window}{whose}{across}, {f'{rule.per_day} a day' if rule.per_day else 'no ceiling'}"
