"""The capacity model, in numbers: `python -m bench.scale --events-per-second 10000`.

What is reckoned with is in bench/scale.toml and bench/prices.toml. `--check` measures what an event costs on this
machine, and how far the model is from it. It needs wrk, and DATABASE_URL of a native server here that nobody else uses.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence

from bench.model import FIGURES, PRICES, Needs, limits

SIZES = (100, 10_000, 1_000_000)
"""6,000 a minute, ten thousand a second, a million a second."""


def amount(value: float) -> str:
    """Two figures that count, with commas: no model knows more."""
    if value <= 0:
        return "0"
    digits = 2 - len(str(int(value))) if value >= 1 else 2
    return f"{round(value, digits):,.{max(0, digits)}f}"


def rows(rates: Sequence[float]) -> Iterator[tuple[str, list[str]]]:
    """What each rate needs, a line each."""
    every = [Needs(rate) for rate in rates]
    yield "events a second, average", [f"{one.rate:,.0f}" for one in every]
    yield "events a second, peak", [f"{one.peak:,.0f}" for one in every]
    yield "requests a second, peak", [amount(one.requests) for one in every]
    yield "commits a second, peak", [amount(one.commits) for one in every]
    yield "a queue in front", ["yes" if one.queued else "no" for one in every]
    yield "cores of API and drain", [amount(one.api_cores) for one in every]
    yield "cores of the database: writing", [amount(one.writing_cores) for one in every]
    yield "counting", [amount(one.counting_cores) for one in every]
    yield "questions", [amount(one.question_cores) for one in every]
    yield "counting yesterday again, minutes", [amount(one.recount_minutes) for one in every]
    yield "write-ahead log, MB a second, peak", [amount(one.log_mb) for one in every]
    yield "disk, GB", [amount(one.disk_gb) for one in every]
    yield "lake, GB a year", [amount(one.lake_gb) for one in every]
    yield "databases side by side", [f"{one.databases:,}" for one in every]
    yield "vCPUs of each host", [f"{one.host['vcpus']:.0f}" for one in every]
    bills = [one.dollars() for one in every]
    for what in bills[0]:
        yield f"{what}, $", [amount(bill[what]) for bill in bills]
    yield "US dollars a month", [amount(sum(bill.values())) for bill in bills]
    yield (
        "dollars a million events",
        [f"{sum(bill.values()) / (one.rate * 730 * 3600 / 1e6):.2f}" for bill, one in zip(bills, every, strict=True)],
    )


def sizes() -> Iterator[str]:
    """The three sizes, as Markdown."""
    (first, heads), *rest = rows(SIZES)
    yield f"| {first} | {' | '.join(heads)} |"
    yield f"| --- |{' ---: |' * len(SIZES)}"
    yield from (f"| {what} | {' | '.join(cells)} |" for what, cells in rest)


def bounds() -> Iterator[str]:
    """What gives way, in order, as Markdown."""
    yield "| events a second | one database gives way here |"
    yield "| ---: | --- |"
    yield from (f"| {amount(rate)} | {what} |" for what, rate in sorted(limits().items(), key=lambda limit: limit[1]))


def inputs() -> Iterator[str]:
    """What is reckoned with, as Markdown."""
    yield "| figure | | from |"
    yield "| --- | ---: | --- |"
    units = {"cpu": "µs of CPU: ", "bytes": "bytes of an event ", "traffic": "", "machine": ""}
    for section, every in FIGURES.items():
        for one in every.values():
            yield f"| {units[section]}{one['what']} | {one['value']:,} | {one['from']} |"


def check(rounds: int, seconds: float) -> Iterator[str]:
    """Measures, learns from some sizes of requests, and predicts others; as Markdown."""
    from bench.measured import LEARNT, PREDICTED, Costs, runs  # noqa: PLC0415 - the model alone needs no server

    every = list(runs(rounds, seconds))
    costs = Costs.of([run for run in every if run.size in LEARNT])
    yield ", ".join(f"{name} {cost:,.1f} µs" for name, cost in vars(costs).items())
    for what in ("wal_bytes", "table_bytes"):
        yield f"{what} {statistics.median(getattr(run, what) / run.events for run in every):,.0f} an event"
    yield ""
    yield "| events a request | | API, µs an event | predicted | error | database, µs an event | predicted | error |"
    yield "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for size in (*LEARNT, *PREDICTED):
        of_size = [run for run in every if run.size == size]
        cells = []
        for place, name in enumerate(("api", "database")):
            used = statistics.median(getattr(run, name) / run.events for run in of_size) * 1e6
            told = statistics.median(costs.predicted(run)[place] / run.events for run in of_size) * 1e6
            cells += [f"{used:.1f}", f"{told:.1f}", f"{told / used - 1:+.0%}"]
        yield f"| {size} | {'learnt from' if size in LEARNT else 'predicted'} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events-per-second", type=float, metavar="N", help="on average (default: three sizes)")
    parser.add_argument("--check", action="store_true", help="measure, and compare")
    parser.add_argument("--rounds", type=int, default=5, help="of --check (default 5)")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement (default 8)")
    options = parser.parse_args()
    if options.check:
        for line in check(options.rounds, options.seconds):
            print(line)
    elif options.events_per_second is None:
        print("\n".join([*sizes(), "", *bounds()]))
    elif options.events_per_second <= 0:
        parser.error("--events-per-second must be above 0")
    else:
        for what, (cell,) in rows([options.events_per_second]):
            print(f"{what:<38} {cell:>14}")
        print(f"\nprices of {PRICES['date']}, {PRICES['region']}")


if __name__ == "__main__":
    main()
