"""The capacity model runs, and more events never need less."""

from __future__ import annotations

import random
import subprocess
import sys
import tomllib

import pytest

from bench.measured import Costs, Run, fitted
from bench.model import CPU, FIGURES, MACHINE, PRICES, Needs, limits
from bench.scale import SIZES, amount, rows
from fixtures.processes import ROOT

RATES = [10 ** (power / 8) for power in range(57)]
"""From one a second to ten million."""
GROW = ("peak", "requests", "api_cores", "writing_cores", "counting_cores", "question_cores", "log_mb", "disk_gb", "lake_gb", "databases")  # fmt: skip


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.scale", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("need", GROW)
def test_more_events_never_need_less(need: str) -> None:
    """But where a queue comes in front, which makes commits of many requests one."""
    every = [getattr(Needs(rate), need) for rate in RATES]
    falls = [rate for rate, before, after in zip(RATES[1:], every, every[1:], strict=False) if after < before]
    assert [rate for rate in falls if not Needs(rate).queued or Needs(rate / 1.34).queued] == []


def test_more_events_cost_more_and_each_of_them_less() -> None:
    bills = [sum(Needs(rate).dollars().values()) for rate in SIZES]
    assert bills == sorted(bills)
    assert bills[0] / SIZES[0] > bills[1] / SIZES[1]


@pytest.mark.parametrize("rate", RATES)
def test_a_database_has_what_its_share_needs(rate: float) -> None:
    needs = Needs(rate)
    assert needs.database_cores / needs.databases <= needs.host["vcpus"]
    assert needs.log_mb / needs.databases <= float(FIGURES["machine"]["log_mb"]["value"])


def test_one_database_holds_below_the_limits_that_a_machine_sets_and_not_above() -> None:
    found = limits()
    hard = min(found[what] for what in found if "yesterday" not in what)
    assert Needs(hard * 0.99).databases == 1
    assert Needs(hard * 1.01).databases == 2
    late = found["yesterday cannot be counted again every 15 minutes"]
    assert Needs(late).recount_minutes == pytest.approx(15)


@pytest.mark.parametrize(
    ("of", "gives_way"),
    [
        ("cores", "the cores of the largest host are busy"),
        ("log_mb", "a host takes no more write-ahead log"),
        ("disk_tb", "the disks are full"),
    ],
)
def test_each_limit_alone_asks_for_a_second_database(monkeypatch: pytest.MonkeyPatch, of: str, gives_way: str) -> None:
    for name in {"cores", "log_mb", "disk_tb"} - {of}:
        monkeypatch.setitem(MACHINE, name, 1e9)
    limit = limits()[gives_way]
    assert [Needs(limit * share).databases for share in (0.99, 1.01)] == [1, 2]


def test_the_steps_that_the_page_tells_by_hand_are_those_of_the_model() -> None:
    found = limits()
    page = (ROOT / "docs" / "scale.md").read_text()
    told = {
        "| 1,000 to 10,000 |": found["yesterday cannot be counted again every 15 minutes"] / 1_000,
        "| above 60,000 |": min(found[what] for what in found if "yesterday" not in what) / 60_000,
        "as much as some 25 events": CPU["api_request"] / CPU["api_event"] / 25,
    }
    assert [step for step in told if step not in page] == []
    assert told == dict.fromkeys(told, pytest.approx(1, rel=0.1))


def test_it_says_what_one_rate_needs() -> None:
    done = bench("--events-per-second", "10000")
    assert (done.returncode, done.stderr) == (0, "")
    (column,) = [[cells[1] for _, cells in rows(SIZES)]]
    assert [line.split()[-1] for line in done.stdout.splitlines()[: len(column)]] == column


def test_no_events_are_no_question() -> None:
    done = bench("--events-per-second", "0")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "scale.py: error: --events-per-second must be above 0",
    )


@pytest.mark.parametrize(("value", "said"), [(0, "0"), (0.034, "0.03"), (1.44, "1.4"), (97.2, "97"), (5_260, "5,300")])
def test_two_figures_count(value: float, said: str) -> None:
    assert amount(value) == said


def test_costs_are_found_again_in_what_they_make() -> None:
    rng = random.Random(7)
    costs = Costs(280, 11, 2450, 1860, 41)

    def run(size: int) -> Run:
        events = rng.uniform(5_000, 90_000)
        made = Run(size, rng.uniform(50, 500), events, 0, 0, 0, 0)
        api, database = costs.predicted(made)
        return Run(size, made.commits, events, 0, 0, api, database)

    found = Costs.of([run(size) for size in (1, 10, 500) for _ in range(3)])
    assert vars(found) == pytest.approx(vars(costs))
    assert fitted([[2], [4]], [6, 12]) == [pytest.approx(3)]


def test_every_figure_says_where_it_is_from_and_every_price_when() -> None:
    assert [one for every in FIGURES.values() for one in every.values() if not one["what"] or not one["from"]] == []
    assert PRICES.keys() >= {"region", "date"}
    assert tomllib.loads((ROOT / "bench" / "prices.toml").read_text()) == PRICES
