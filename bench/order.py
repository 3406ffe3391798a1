"""In which order what gives way, as a platform grows: `python -m bench.order`. docs/project/bottlenecks.md shows it.

It measures nothing: it reckons with the capacity model, with the defaults of settings, and with figures that
docs/performance.md reports.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.model import BYTES, DAY, TRAFFIC, Needs, limits
from bench.scale import amount
from tracking.settings import Settings
from tracking.trails.loading import MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULTS: dict[str, Any] = {field.metadata["name"]: field.default for field in fields(Settings)}
EVENTS, MONTH = 10_000_000, 30
"""What bench.people asked, and of how many days they are."""
BUSIEST = 370_000
"""Of these on the busiest receiver."""
FUNNEL = 0.194
"""Seconds of its funnel, p95."""
RAW_FUNNEL = 1.663
"""The same from raw rows."""
DRAIN = 5_500
"""Events a second that one drain wrote, by bench.queue."""
CONNECTIONS, RESERVED = 100, 3
"""PostgreSQL's defaults of max_connections and superuser_reserved_connections."""
DISK_GB = 200 * 1.024**3
"""The default of DatabaseDiskGiB, in deploy/aws/template.yaml."""
BRIEF = 100
"""Events a second: 6,000 a minute, as which we read the thousands of the customer's brief."""


class Bottleneck(NamedTuple):
    rate: float
    what: str
    why: str


def funnel_rate(seconds: float) -> float:
    """Events a second of the platform at which the busiest receiver's funnel of a month takes so long.

    In proportion to its events, and with the busiest receiver's share of bench.stats.
    """
    return EVENTS / MONTH / DAY * seconds / FUNNEL


def raw_rate() -> float:
    """Events a second of the platform at which trails are asked for no more months of the busiest receiver."""
    return EVENTS / MONTH / DAY * MOST / BUSIEST


def raw_seconds() -> float:
    """Seconds of its funnel from raw rows then, in proportion."""
    return RAW_FUNNEL * MOST / BUSIEST


def timeout() -> float:
    """Seconds of STATEMENT_TIMEOUT_MS."""
    return int(DEFAULTS["STATEMENT_TIMEOUT_MS"]) / 1000


def workers(connections: int = CONNECTIONS - RESERVED) -> int:
    """API workers whose pools fit into so many connections."""
    return connections // (int(DEFAULTS["POOL_SIZE"]) + int(DEFAULTS["QUESTIONS_AT_ONCE"]))


def first(is_reached: Callable[[float], bool], low: float = 1, high: float = 1e7) -> float:
    """The least events a second at which something is so, which stays so from there on."""
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return high


def disk_gb(rate: float, days: int) -> float:
    """GB after so many days, with the defaults: rows for COLUMNSTORE_DAYS, then compressed, nothing dropped."""
    rows = min(days, int(DEFAULTS["COLUMNSTORE_DAYS"]))
    each = (BYTES["row"] + BYTES["counts"]) * rows + (BYTES["compressed"] + BYTES["counts_compressed"]) * (days - rows)
    return rate * DAY * each / 1e9


def full_on(rate: float, disk: float = DISK_GB) -> int:
    """The day on which such a disk is full."""
    return next(day for day in range(1, 100_000) if disk_gb(rate, day) >= disk)


def bottlenecks() -> list[Bottleneck]:
    """By events a second, on average."""
    model, fit = limits(), workers()
    found = [
        Bottleneck(funnel_rate(1), "the busiest receiver's funnel of a month takes a second", "`bench.people`"),
        Bottleneck(
            raw_rate(),
            f"it reads raw rows for {raw_seconds():.0f} s, and is ended after {timeout():.0f}",
            "in proportion",
        ),
        Bottleneck(BRIEF, "**6,000 events a minute: our reading of the brief**", ""),
        Bottleneck(BRIEF, f"a disk of 200 GiB is full on day {full_on(BRIEF)}", "defaults, model"),
        Bottleneck(TRAFFIC["queue_from"], "peaks want a queue in front", "assumed by the model"),
        Bottleneck(DRAIN, "one drain is busy: start a second", "`bench.queue`, two shared cores"),
        Bottleneck(10_000, f"{amount(sum(Needs(10_000).dollars().values()))} dollars a month", "model"),
        Bottleneck(
            first(lambda rate: Needs(rate).api_cores > fit),
            f"more than {fit} API workers: PostgreSQL's 100 connections are taken",
            "defaults, model",
        ),
    ]
    found += [Bottleneck(rate, what, "model") for what, rate in model.items()]
    return sorted(found)


def order() -> Iterator[str]:
    """The same, as Markdown."""
    yield "| events a second | what comes | from |"
    yield "| ---: | --- | --- |"
    yield from (f"| {amount(one.rate)} | {one.what} | {one.why} |" for one in bottlenecks())


def main() -> None:
    print("\n".join(order()))


if __name__ == "__main__":
    main()
