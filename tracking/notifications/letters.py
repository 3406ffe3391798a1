"""What one person is told on one day, the message that it becomes, and what a channel does with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime, time

Kind = Literal["daily", "weekly", "monthly", "milestone"]
KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly", "milestone")
Per = Literal["receiver", "owner"]
PERS: tuple[Per, ...] = ("receiver", "owner")
"""Each receiver by itself, or a digest: all of an owner's receivers of a type together, a person once."""
Measure = Literal["events", "creators"]


class Part(NamedTuple):
    """A receiver of a digest. `value` None: fewer than the rule's `few`."""

    receiver: str
    title: str | None
    url: str | None
    value: int | None


class Beside(NamedTuple):
    """How an owner's receivers do beside similar ones: 0.22 is 22% more views, in the median of so many receivers."""

    difference: float
    receivers: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell: a row of the outbox. A number below the rule's `few` is not in it."""

    rule: str
    kind: Kind
    per: Per
    receiver: str
    """`profile:user-1`; of a digest `owner:acme`."""
    receiver_type: str
    """What is counted: `profile`, `job`."""
    title: str | None
    url: str | None
    first_day: date
    """The Monday of a week, the first of a month; else the same as `day`."""
    day: date
    """The last day that is told, of the reporting timezone."""
    names: tuple[str, ...]
    """As the rule has them: names, or an action and its details, `click` and `click__*`."""
    measure: Measure
    value: int | None
    """None: fewer than the rule's `few`."""
    before: int | None = None
    """The value of the day before; None: it is not told."""
    threshold: int | None = None
    """Of a milestone: the number that the total has passed."""
    receivers: int = 1
    """Of a digest: how many receivers it is about."""
    parts: tuple[Part, ...] = ()
    """Of a digest: the busiest receivers, the busiest first."""
    beside: Beside | None = None
    """Of a digest, where there is something to say."""

    @property
    def id(self) -> str:
        """The same whenever and however often it is sent."""
        return item_id(self.rule, self.receiver, self.day)


def item_id(rule: str, receiver: str, day: date) -> str:
    """The id under which a receiver knows an item."""
    return f"n_{rule}_{receiver}_{day}"


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one person is told for one day through one channel."""

    person: str
    day: date
    timezone: str
    """The reporting timezone, by its IANA name: the one in which `day` was a day."""
    language: str
    address: str
    """An e-mail address, or the URL of a webhook."""
    expires_at: datetime
    """Until then the message is true: it says "yesterday"."""
    items: tuple[Item, ...]
    at_least_once: bool = False
    """Whether it is sent again where nobody knows if it arrived."""
    quiet: tuple[tuple[time, time], ...] = ()
    """From when until when it is not sent, by the clock of `own_timezone`."""
    own_timezone: str = "UTC"
    """The person's, by its IANA name."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message with all its bytes, which never change: each attempt sends the same under the same id."""

    id: str
    address: str
    body: bytes


class Frozen(NamedTuple):
    """A message, and which items are in it, by their ids."""

    message: Message
    items: tuple[str, ...]


class Outcome(NamedTuple):
    """What became of one attempt.

    `sent`: the other side took it. `again`: it did not, and a later attempt may help. `failed`: it never will.
    `gone`: as `failed`, and the address is to be used no more. `unknown`: it may have arrived.
    """

    state: Literal["sent", "again", "failed", "gone", "unknown"]
    answer: str
    """For people: `200`, `550 no such user`, `no answer within 15 s`. At most 200 characters, no secret."""
    retry_after: float | None = None
    """Seconds that the other side asks to wait."""


class Sender(Protocol):
    """The last step of a way to reach people."""

    def send(self, message: Message, hand_over: Callable[[], None]) -> Outcome:
        """Makes one attempt. Calls `hand_over` right before the step after which the message may have arrived."""


class Channel(Sender, Protocol):
    """A way to reach people. A new one is a file in `channels/` and a line in its `__init__`."""

    def freeze(self, letters: Sequence[Letter]) -> Iterator[Frozen]:
        """The messages for these people; each item is in one of them."""
