"""Runs vectors: writes their events, asks their questions, and says what differs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tracking.conformance.moments import REACH
from tracking.conformance.target import Sent
from tracking.vocabulary import QUEUED, STORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tracking.conformance.masks import Mask
    from tracking.conformance.moments import Clock
    from tracking.conformance.target import Target
    from tracking.conformance.vectors import Question, Vector

SETTLES = {*STORED, "duplicate", "conflict"}
"""What `queued` may turn out to be."""
AGAIN = 1.0
"""Seconds between two looks at a number that differs."""


@dataclass
class Outcome:
    """What became of one vector: what differs, in words; nothing if all is as it should be."""

    vector: Vector
    mask: Mask
    clock: Clock
    differs: list[str] = field(default_factory=list)
    queued: bool = False


def write(outcome: Outcome, target: Target, *, batched: bool = True) -> None:
    """Sends the events of a vector, and notes each verdict that differs."""
    vector, mask = outcome.vector, outcome.mask
    sent = [
        Sent(place, number, step, at)
        for place, (number, step, at) in enumerate(
            (number, step, at)
            for number, step in enumerate(vector.events, start=1)
            for at in ([""] if step.owner or step.at is None else outcome.clock.texts(step))
        )
    ]
    whole = batched or vector.together
    for _, run in groupby(sent, lambda one: _request(one) if whole else one.number):
        events = list(run)
        step = events[0].step
        if step.owner is not None:
            target.own(step.receiver, step.owner, mask)
        elif step.sender == "pixel":
            target.fetch(step, mask)
        else:
            for one, verdict in zip(events, target.send(events, mask), strict=True):
                _note(outcome, one, verdict)


def _request(one: Sent) -> Any:
    """What events have in common that may come in one request."""
    step = one.step
    if step.owner is not None or step.sender == "pixel":
        return one.place
    creator = step.creator if step.sender == "client" else None
    return step.sender, step.source, creator, step.request_agent, step.purpose, str(step.may)


def _note(outcome: Outcome, one: Sent, verdict: dict[str, Any]) -> None:
    step, became = one.step, verdict.get("verdict")
    if became == QUEUED and step.verdict in SETTLES:
        outcome.queued = True
    elif became != step.verdict or (step.field is not None and verdict.get("field") != step.field):
        wanted = step.verdict + (f" ({step.field})" if step.field else "")
        why = [str(verdict[key]) for key in ("field", "reason") if verdict.get(key)]
        found = f"{became} ({': '.join(why)})" if why else str(became)
        outcome.differs.append(f"event {one.number}, {step.name} at {one.at}: {wanted} expected, {found} found")


def differences(outcome: Outcome, target: Target) -> tuple[list[str], datetime]:
    """What differs of the answers, and the moment of the oldest data among them."""
    found, oldest = [], datetime.max.replace(tzinfo=UTC)
    for question in outcome.vector.questions:
        answer, as_of = target.ask(question.ask, query(question, outcome))
        oldest = min(oldest, as_of)
        try:
            tells = told(question, answer, outcome.mask)
        except (KeyError, TypeError, ValueError):
            tells = "an answer of another form"
        if tells != question.tells:
            found.append(f"{_words(question)}: {question.tells} expected, {tells} found")
    return found, oldest


def ask(
    outcomes: Iterable[Outcome],
    target: Target,
    *,
    written: datetime,
    patience: float = 0,
    done: Callable[[], object] = lambda: None,
) -> None:
    """Asks the questions of all, and notes what differs.

    A number that is older than `written`, or of events that waited in a queue, is asked for again for so many seconds
    of `patience`.
    """
    until = time.monotonic() + patience
    for outcome in outcomes:
        found, as_of = differences(outcome, target)
        while found and (outcome.queued or as_of < written) and time.monotonic() < until:
            time.sleep(AGAIN)
            found, as_of = differences(outcome, target)
        if found and as_of < written:
            found.append(f"the answer is older than the events: as of {as_of:%H:%M:%S}, written by {written:%H:%M:%S}")
        outcome.differs += found
        done()


def query(question: Question, outcome: Outcome) -> dict[str, Any]:
    """The parameters of a question, as the API takes them."""
    mask, clock = outcome.mask, outcome.clock
    asked: dict[str, Any] = {
        "receiver": [mask.receiver(one) for one in question.receiver or outcome.vector.receivers],
        "name": question.name,
        "action": question.action,
        "step": question.step,
        "source": question.source and mask.sources[question.source],
        "from": clock.bound(question.from_, -REACH),
        "to": clock.bound(question.to, REACH),
        "timezone": question.timezone,
        "interval": question.interval,
        "by": question.by,
        "order": question.order,
        "compare": question.compare or ("none" if question.ask == "summary" else None),
    }
    return {key: value for key, value in asked.items() if value is not None}


def told(question: Question, answer: dict[str, Any], mask: Mask) -> Any:
    """The part of an answer that the vector speaks of, in its words."""
    match question.ask:
        case "summary":
            final = answer["final_until"]
            known = {
                "events": answer["events"],
                "creators": answer["creators"],
                "compared": answer["compared"] and _pair(answer["compared"]),
                "change": answer["change"] and _pair(answer["change"]),
                "final": final is not None and datetime.fromisoformat(final) >= datetime.fromisoformat(answer["to"]),
            }
            return {key: known[key] for key in question.tells}
        case "timeseries":
            buckets = [_pair(one) for one in answer["buckets"]]
            if question.compare is None:
                return buckets
            return {"buckets": buckets, "compared": [_pair(one) for one in answer["compared"]["buckets"]]}
        case "breakdown":
            named = mask.plain_source if question.by == "source" else _as_it_is
            return [[named(one["value"]), one["events"], one["creators"]] for one in answer["parts"]]
        case "top":
            return [
                [mask.plain_receiver(one["receiver"]), one["events"], one["creators"]] for one in answer["receivers"]
            ]
        case "funnel":
            return [_pair(one) for one in answer["steps"]]


def _pair(counted: dict[str, Any]) -> list[Any]:
    return [counted["events"], counted["creators"]]


def _as_it_is(value: Any) -> Any:
    return value


def _words(question: Question) -> str:
    asked = {
        "name": question.name,
        "action": question.action,
        "step": question.step,
        "receiver": question.receiver,
        "by": question.by,
        "compare": question.compare,
        "interval": question.interval,
        "from": question.from_,
        "to": question.to,
        "timezone": question.timezone if question.from_ else None,
    }
    return " ".join([question.ask, *(f"{key}={value}" for key, value in asked.items() if value is not None)])
