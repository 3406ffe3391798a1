"""A deployment as a vector meets it: tokens, events, pictures, owners and questions, all by HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from msgspec import UNSET

from tracking.conformance.vectors import agents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracking.conformance.masks import Mask
    from tracking.conformance.vectors import Step

AGENT = "footfall-conform"
"""Of our requests, where a vector says nothing of it: the lists do not know it."""
LIFE = 900
"""Seconds of a token."""


class Refused(Exception):  # noqa: N818 - what became of a request
    """A request that was not answered as it should be. The message is for people, and holds no credential."""


class Headers(Protocol):
    """They are found whatever the case of their letters."""

    def get(self, name: str, /) -> str | None: ...


class Reply(NamedTuple):
    status: int
    headers: Headers
    body: bytes


class Sent(NamedTuple):
    """An event of a vector: its place among all from 0, the number of its step from 1, and its time as it is sent."""

    place: int
    number: int
    step: Step
    at: str


class Exchange(Protocol):
    """One request and its reply. Raises `Refused` if there is none."""

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply: ...


@dataclass
class Target:
    """A deployment, and the credentials of sources by the vectors' names for them."""

    exchange: Exchange
    credentials: Mapping[str, str]
    _tokens: dict[str, str] = field(default_factory=dict)
    _agents: dict[str, str] = field(default_factory=lambda: {name: one.agent for name, one in agents().items()})

    def send(self, events: list[Sent], mask: Mask) -> list[dict[str, Any]]:
        """The verdict of each event, sent in one request; all are of one sender."""
        first = events[0].step
        body = {"events": [self.event(one, mask) for one in events]}
        headers = {"User-Agent": self._agents[first.request_agent] if first.request_agent else AGENT}
        if first.purpose:
            headers["Sec-Purpose"] = first.purpose
        if first.sender == "client":
            token = self.token(first, mask, "client", creator=mask.id(first.creator), **_narrowed(first, mask))
        else:
            token = self.credentials[first.source]
        verdicts = self.call("POST", "/v1/events", body, token, headers).get("verdicts")
        if not isinstance(verdicts, list) or [type(one) for one in verdicts] != [dict] * len(events):
            raise Refused("POST /v1/events: the answer has no verdict for each event")
        return verdicts

    def fetch(self, step: Step, mask: Mask) -> None:
        """Fetches the picture whose address is this event."""
        token = self.token(
            step, mask, "pixel",
            creator=mask.id(step.creator), receivers=[mask.receiver(step.receiver)], names=[step.name],
        )  # fmt: skip
        headers = {"User-Agent": self._agents[step.request_agent] if step.request_agent else AGENT}
        if step.purpose:
            headers["Sec-Purpose"] = step.purpose
        reply = self.exchange("GET", f"/v1/pixel.gif?token={quote(token)}", None, headers)
        if reply.status != 200:
            raise Refused(f"GET /v1/pixel.gif: {said(reply)}")

    def event(self, one: Sent, mask: Mask) -> dict[str, Any]:
        """The event as it is sent; its id follows from its place, if the vector names none."""
        step = one.step
        made: dict[str, Any] = {"name": step.name, "receiver": mask.receiver(step.receiver), "occurred_at": one.at}
        if step.id is not None:
            made["id"] = str(one.place) if step.id is UNSET else step.id
        if step.sender != "client":
            made["creator"] = mask.id(step.creator)
        if step.properties is not None:
            made["properties"] = step.properties
        context = (step.context or {}) | ({"user_agent": self._agents[step.agent]} if step.agent else {})
        if context:
            made["context"] = context
        return {key: value for key, value in (made | step.fields).items() if value is not None}

    def own(self, receiver: str, owner: str, mask: Mask) -> None:
        """Makes the receiver the owner's."""
        kind, _, of = mask.receiver(receiver).partition(":")
        body = {"receivers": [{"type": kind, "id": of, "owner": mask.id(owner)}]}
        self.call("PUT", "/v1/receivers", body, self.credentials["web"])

    def ask(self, endpoint: str, query: dict[str, Any]) -> tuple[dict[str, Any], datetime]:
        """The answer, and the moment of its data."""
        reply = self.request("POST", f"/v1/stats/{endpoint}", query, self.credentials["web"])
        try:
            as_of = datetime.fromisoformat(reply.headers.get("As-Of") or "")
        except ValueError:  # an older version has none
            as_of = datetime.now(UTC)
        return document(reply), as_of

    def token(self, step: Step, mask: Mask, kind: str, **scope: Any) -> str:
        """A token of this scope, made once."""
        asked = json.dumps({"kind": kind, "expires_in": LIFE, **scope}, sort_keys=True)
        key = f"{step.source} {asked}"
        if key not in self._tokens:
            made = self.call("POST", "/v1/tokens", json.loads(asked), self.credentials[step.source])
            self._tokens[key] = str(made.get("token"))
        return self._tokens[key]

    def call(
        self, method: str, path: str, body: Any, token: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The document of a reply. Raises `Refused` unless it is good."""
        return document(self.request(method, path, body, token, headers))

    def request(self, method: str, path: str, body: Any, token: str, headers: Mapping[str, str] | None = None) -> Reply:
        sent = None if body is None else json.dumps(body).encode()
        allowed = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "User-Agent": AGENT}
        reply = self.exchange(method, path, sent, allowed | dict(headers or {}))
        if reply.status != 200:
            raise Refused(f"{method} {path}: {said(reply)}")
        return reply


def _narrowed(step: Step, mask: Mask) -> dict[str, list[str]]:
    may = dict(step.may or {})
    if "receivers" in may:
        may["receivers"] = [mask.receiver(one) for one in may["receivers"]]
    return may


def document(reply: Reply) -> dict[str, Any]:
    """Raises `Refused` if it is no JSON object."""
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("the answer is not JSON; is this the address of Footfall?")
    return found


def said(reply: Reply) -> str:
    """Why it is refused, in words."""
    try:
        detail = document(reply).get("detail")
    except Refused:
        detail = None
    return f"{reply.status}, {detail}" if detail else f"status {reply.status}, and no word of Footfall's"
