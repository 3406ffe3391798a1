"""The options of `rule add` and `rule set`."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any

import click

from tracking.notifications.channels import CHANNELS
from tracking.notifications.letters import KINDS, PERS
from tracking.notifications.rules import THRESHOLDS
from tracking.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1_000_000_000
NO_QUIET = (time(0), time(0))
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class Clock(click.ParamType[time]):
    """A time of day, `09:00`."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        if isinstance(value, time):
            return value
        found = CLOCK.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no time of day, such as 09:00", param, ctx)
        return time(int(found[1]), int(found[2]))


class QuietHours(click.ParamType["tuple[time, time]"]):
    """Two times of day, `21:00-08:00`, or `none`."""

    name = "FROM-UNTIL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[time, time]:
        if isinstance(value, tuple):
            return value
        if value == "none":
            return NO_QUIET
        since, _, until = value.partition("-")
        if not until:
            self.fail(f"{value!r} are no hours, such as 21:00-08:00, or none", param, ctx)
        return Clock().convert(since, param, ctx), Clock().convert(until, param, ctx)


def options(*, adding: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of `add`; those of `set` are the ones that may change later, without defaults."""

    def default(value: Any, shown: str | None = None) -> dict[str, Any]:
        return {"default": value, "show_default": shown or True} if adding else {"default": None}

    more = [
        click.option("--kind", type=click.Choice(KINDS), default="daily", show_default=True,
                     help="What is over and told: daily, weekly, monthly; milestone: once when a total passes a "
                     "threshold."),
        click.option("--per", type=click.Choice(PERS),
                     help="receiver: each by itself; owner: all receivers of an owner together, a person once.  "
                     "[default: owner where weekly or monthly, else receiver]"),
        click.option("--receiver-type", required=True, metavar="TYPE", help="Of which receivers, such as profile."),
        click.option("--action", "actions", multiple=True, metavar="NAME",
                     help="What happened, with all its details: click is click and click__*; repeatable."),
        click.option("--name", "names", multiple=True, help="What happened, by its whole name, * for any text; "
                     "repeatable."),
        click.option("--measure", type=click.Choice(["events", "creators"]), default="events", show_default=True,
                     help="Count what happened, or the different people who did it."),
        click.option("--threshold", "thresholds", multiple=True, type=click.IntRange(1, MOST),
                     help=f"Of a milestone; repeatable.  [default: {', '.join(f'{one:,}' for one in THRESHOLDS)}]"),
    ]  # fmt: skip
    common = [
        click.option("--minimum", type=click.IntRange(1, MOST), help="Tell nothing below this number.", **default(1)),
        click.option("--compare/--no-compare", "compares", help="Compare with the day before: daily, per receiver.",
                     **default(value=False, shown="no")),
        click.option("--few", type=click.IntRange(0, MOST), help="A number below this is told as 'a few'; "
                     "0: tell every number.", **default(5)),
        click.option("--at", "send_at", type=Clock(), help="When it is sent.", **default(time(9), "09:00")),
        click.option("--timezone", metavar="ZONE", help="Of --at: Europe/Berlin; local: each person's own.  "
                     + ("[default: the reporting timezone]" if adding else "")),
        click.option("--quiet", type=QuietHours(), help="Send nothing in these hours of the person's own time; none: "
                     "at any time.", **default((time(21), time(8)), "21:00-08:00")),
        click.option("--channel", type=click.Choice(CHANNELS), help="How it is sent.", **default("email")),
        click.option("--url", help="Of a webhook: where it is sent, https://…"),
        click.option("--language", type=click.Choice(LANGUAGES), help="For people whose contact names none.",
                     **default("en")),
        click.option("--at-least-once/--at-most-once", "at_least_once", help="Send a mail again where nobody knows "
                     "whether it arrived.", **default(value=False, shown="at most once")),
    ]  # fmt: skip

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([*more, *common] if adding else common):
            command = option(command)
        return command

    return decorate
