"""What other products would cost for the same events, beside Footfall: `python -m bench.alternatives`.

Prices and terms are in bench/alternatives.toml; Footfall's own sum is that of bench.scale. `--terms` says what each
sum is made of, and where each price is from.
"""

from __future__ import annotations

import argparse
import math
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.model import BYTES, DAY, HOURS, MACHINE, PRICES, TRAFFIC, Needs
from bench.scale import amount

DATA: dict[str, Any] = tomllib.loads((Path(__file__).resolve().parent / "alternatives.toml").read_text())
ALTERNATIVES: list[dict[str, Any]] = DATA["alternative"]
FIGURES: dict[str, float] = {name: figure["value"] for name, figure in DATA["figures"].items()}
RATES: tuple[float, ...] = (100, 1_000, 10_000)
"""Events a second, on average: 6,000 a minute, and ten and a hundred times as many."""
LEAST_VCPUS_OF_A_UNIT = 2


def of_a_host(cores: float) -> float:
    """The vCPUs of the smallest host that has so many cores; of several of the largest, if none has."""
    sizes = sorted(float(host["vcpus"]) for host in PRICES["host"].values())
    return next((size for size in sizes if size >= cores), sizes[-1] * math.ceil(cores / sizes[-1]))


def door(needs: Needs) -> float:
    """Dollars a month for the API with its load balancer."""
    bill = needs.dollars()
    return bill["API"] + bill["load balancer, way out"]


def columnar_units(needs: Needs) -> int:
    """Of one replica of ClickHouse."""
    inserting = needs.peak * FIGURES["insert"] / 1e6 / MACHINE["busy"]
    return max(1, math.ceil((inserting + needs.question_cores * FIGURES["once_at_reading"]) / LEAST_VCPUS_OF_A_UNIT))


def quantities(rate: float) -> dict[str, float]:
    """What is paid for, of a month."""
    needs = Needs(rate)
    events = rate * HOURS * 3600
    kept = rate * DAY * TRAFFIC["kept_days"]
    return {
        "hours": HOURS,
        "million events": events / 1e6,
        "million events kept": kept / 1e6,
        "million questions": events * TRAFFIC["questions_per_event"] / 1e6,
        "GB sent": events * BYTES["sent"] / 1e9,
        "GB of lake": events * BYTES["lake"] / 1e9,
        "GB of lake kept": kept * BYTES["lake"] / 1e9,
        "GB kept in columns": kept * BYTES["compressed"] / 1e9,
        "GB kept as rows": kept * (BYTES["row"] + BYTES["counts"]) / 1e9,
        "dollars for a door": door(needs),
        "dollars for a door to read": door(Needs(rate * TRAFFIC["questions_per_event"])),
        "vCPU hours for questions": HOURS * of_a_host(needs.question_cores),
        "vCPU hours of a database": HOURS * needs.databases * needs.host["vcpus"],
        "hours of columnar units": HOURS * columnar_units(needs),
    }


def value(price: dict[str, Any]) -> float:
    """Of one unit: the price itself, or the one of prices.toml that it names."""
    found: Any = price.get("value", PRICES)
    for key in price.get("ours", ()):
        found = found[key]
    return float(found)


def paid(price: dict[str, Any], many: float) -> float:
    """For so many, at one price or by tiers, each of which holds from the end of the one before."""
    if "tiers" not in price:
        return many * value(price)
    dollars, begin = 0.0, 0.0
    for end, each in price["tiers"]:
        dollars += max(0.0, min(many, end) - begin) * each
        begin = end
    return dollars


def bill(alternative: dict[str, Any], rate: float) -> dict[str, float]:
    """Dollars a month, by what they are for."""
    if not alternative["terms"]:
        return Needs(rate).dollars()
    have = quantities(rate)
    return {
        term["what"]: paid(DATA["prices"][term["price"]], have[term["of"]] * term["times"])
        for term in alternative["terms"]
    }


def days_to_build(alternative: dict[str, Any]) -> float:
    return sum(float(DATA["parts"][part]["days"]) * float(share) for part, share in alternative["lacks"].items())


def year(alternative: dict[str, Any], rate: float) -> float:
    """Dollars, with the people who run it."""
    return 12 * (sum(bill(alternative, rate).values()) + float(alternative["run"]) * FIGURES["day"])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| --- |{' ---: |' * (len(heads) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def costs(rates: Sequence[float] = RATES) -> Iterator[str]:
    """Dollars a month at each rate, as Markdown."""

    def row(one: dict[str, Any]) -> list[str]:
        name = f"{one['name']} ({one['note']})" if "note" in one else one["name"]
        return [name, *(amount(sum(bill(one, rate).values())) if "terms" in one else "" for rate in rates)]

    return table(["dollars a month, at events a second", *(f"{rate:,}" for rate in rates)], map(row, ALTERNATIVES))


def people(rates: Sequence[float] = RATES) -> Iterator[str]:
    """Days of people, and what a year costs with those who run it, as Markdown."""

    def row(one: dict[str, Any]) -> list[str]:
        days = days_to_build(one)
        years = [amount(year(one, rate)) for rate in rates]
        return [one["name"], amount(days), amount(days * FIGURES["day"]), f"{one['run']:g}", *years]

    heads = ["estimates", "days to build", "in dollars", "days a month to run"]
    heads += [f"dollars a year, at {rate:,}" for rate in rates]
    return table(heads, (row(one) for one in ALTERNATIVES if "terms" in one))


def terms(rates: Sequence[float]) -> Iterator[str]:
    """What each sum is made of, and where its price is from."""
    for one in ALTERNATIVES:
        if "terms" not in one:
            continue
        yield f"\n{one['name']}"
        bills = [bill(one, rate) for rate in rates]
        for place, what in enumerate(bills[0]):
            yield f"{''.join(f'{amount(each[what]):>12}' for each in bills)}  {what}"
            if one["terms"]:
                price = DATA["prices"][one["terms"][place]["price"]]
                each = "tiers of" if "tiers" in price else f"{value(price):g} a"
                yield f"{'':{12 * len(rates)}}    {each} {price['unit']}. {price['from']}; {price['seen']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events-per-second", type=float, metavar="N", help="on average (default: three sizes)")
    parser.add_argument("--terms", action="store_true", help="say what each sum is made of")
    options = parser.parse_args()
    rates = RATES if options.events_per_second is None else (options.events_per_second,)
    if min(rates) <= 0:
        parser.error("--events-per-second must be above 0")
    print("\n".join(terms(rates) if options.terms else [*costs(rates), "", *people(rates)]))


if __name__ == "__main__":
    main()
