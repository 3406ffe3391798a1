"""The vectors as values: what happens, what becomes of it, and what the answers tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

HERE = Path(__file__).parent
Sender = Literal["client", "backend", "pixel"]
Endpoint = Literal["summary", "timeseries", "breakdown", "top", "funnel"]


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event and its verdict; or, with an `owner`, a receiver that belongs to that owner from now on."""

    verdict: str = ""
    at: str | None = None
    """See moments.py; None: now, as of a picture that is fetched."""
    name: str = "view"
    receiver: str = "job:1"
    creator: str = "alice"
    source: str = "web"
    sender: Sender = "client"
    id: str | UnsetType | None = UNSET
    """None: the event has none; missing: one of its own."""
    agent: str | None = None
    """In the event's context: its name in agents.json."""
    request_agent: str | None = None
    """Of the request: its name in agents.json."""
    purpose: str | None = None
    """The request's header Sec-Purpose."""
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    times: int = 1
    every: float = 0
    """Seconds between those of `times`."""
    may: dict[str, list[str]] | None = None
    """To what the client's token is narrowed: receivers, names."""
    fields: dict[str, Any] = {}
    """What the event has instead; null: nothing."""
    field: str | None = None
    """At fault, of a rejected one."""
    owner: str | None = None


class Question(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question and what is told. Without receivers it is about all of the vector, without times about all of them."""

    ask: Endpoint
    tells: Any
    receiver: list[str] | None = None
    name: list[str] | None = None
    action: list[str] | None = None
    step: list[str] | None = None
    source: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    to: str | None = None
    timezone: str = "UTC"
    interval: str | None = None
    by: str | None = None
    order: str | None = None
    compare: str | None = None


class Counts(Struct, frozen=True, forbid_unknown_fields=True):
    events: int
    creators: int


class Vector(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `rule` makes of these events, in the order of their arrival."""

    rule: str
    says: str
    events: list[Step]
    counts: Counts
    answers: list[Question] = []
    day: str | None = None
    """A certain day: only an import reaches it. None: a day that was lately."""
    together: bool = False
    """Whether all comes in one request; else the requests may be cut anywhere."""
    catalogue: list[dict[str, Any]] = []
    """Entries as `PUT /v1/event-types` takes them."""
    types: list[str] = []
    """Types of receivers whose owners are people."""

    @property
    def questions(self) -> list[Question]:
        """Those of the vector, and the one that each has."""
        whole = {"events": self.counts.events, "creators": self.counts.creators}
        return [Question(ask="summary", tells=whole), *self.answers]

    @property
    def receivers(self) -> list[str]:
        return list(dict.fromkeys(step.receiver for step in self.events))

    @property
    def size(self) -> int:
        """How many events are sent."""
        return sum(step.times for step in self.events if step.owner is None)


class Agent(Struct, frozen=True, forbid_unknown_fields=True):
    agent: str
    kind: Literal["person", "tool", "crawler", "ahead", "proxy"] = msgspec.field(name="is")


class Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new deployment counts by."""

    lateness_days: int
    future_seconds: int
    event_types: list[dict[str, Any]]


def files() -> list[Path]:
    """The files of vectors, in the order of the rules."""
    return sorted((HERE / "vectors").glob("*.json"))


def of_file(path: Path) -> list[Vector]:
    return msgspec.json.decode(path.read_bytes(), type=list[Vector])


def all_vectors() -> list[Vector]:
    return [vector for path in files() for vector in of_file(path)]


def agents() -> dict[str, Agent]:
    """User agents by the names that the vectors have for them."""
    return msgspec.json.decode((HERE / "agents.json").read_bytes(), type=dict[str, Agent])


def defaults() -> Defaults:
    return msgspec.json.decode((HERE / "defaults.json").read_bytes(), type=Defaults)
