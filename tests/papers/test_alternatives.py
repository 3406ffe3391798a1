"""The page on alternatives has each of them, with a sign that would change our mind, and says what the model says."""

import re
import subprocess
import sys
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

import pytest

from bench import alternatives
from bench.model import HOURS, PRICES, TRAFFIC, Needs
from bench.scale import SIZES, amount

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "project" / "alternatives.md").read_text()
NAMES = [one["name"] for one in alternatives.ALTERNATIVES]
PRICED = [one for one in alternatives.ALTERNATIVES if "terms" in one]
ASKED_FOR = [
    "GA4",
    "Firebase",
    "BigQuery",
    "Segment",
    "Snowplow",
    "PostHog",
    "ClickHouse",
    "DynamoDB",
    "Kinesis",
    "Firehose",
    "Athena",
    "Timestream",
    "pg_partman",
    "MongoDB",
]

by_name = pytest.mark.parametrize("name", NAMES)
priced = pytest.mark.parametrize("one", PRICED, ids=lambda one: one["name"])


def named(name):
    return next(one for one in alternatives.ALTERNATIVES if one["name"] == name)


def dollars(name, rate):
    return sum(alternatives.bill(named(name), rate).values())


def bench(*arguments):
    command = [sys.executable, "-m", "bench.alternatives", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_each_product_that_was_asked_for_is_one_of_them():
    assert [word for word in ASKED_FOR if not any(word in name for name in NAMES)] == []


@by_name
def test_each_is_in_the_table_of_what_decides(name):
    table = PAGE.partition("## What decides")[2].partition("\n## ")[0]
    (row,) = [line for line in table.splitlines() if line.startswith(f"| {name} |")]
    assert all(cell.strip() for cell in row.strip("|").split("|"))


@pytest.mark.parametrize("name", NAMES[1:])
def test_each_but_ours_says_when_we_would_change_our_mind(name):
    section = PAGE.partition(f"\n### {name}\n")[2].partition("\n#")[0]
    (sign,) = re.findall(
        r"^\*\*We would change our mind when\*\* (.+?)\n\n", section + "\n\n", re.MULTILINE | re.DOTALL
    )
    assert sign.endswith(".")


def test_a_bill_is_quantity_times_price(monkeypatch):
    monkeypatch.setitem(alternatives.DATA, "prices", {"tea": {"value": 3}, "disk": {"ours": ["month", "disk_gb"]}})
    cups = {"what": "cups", "of": "hours", "times": 2, "price": "tea"}
    sent = {"what": "sent", "of": "GB sent", "times": 0.5, "price": "disk"}
    one = {"terms": [cups, sent], "run": 2, "lacks": {"door": 1, "once": 0.5}}

    gigabytes = 100 * HOURS * 3600 * 400 / 1e9
    assert alternatives.bill(one, 100) == pytest.approx(
        {"cups": HOURS * 2 * 3, "sent": gigabytes / 2 * PRICES["month"]["disk_gb"]}
    )
    monkeypatch.setitem(alternatives.FIGURES, "day", 1000)
    assert alternatives.year(one, 100) == pytest.approx(12 * (sum(alternatives.bill(one, 100).values()) + 2 * 1000))
    monkeypatch.setitem(alternatives.DATA, "parts", {"door": {"days": 10}, "once": {"days": 7}})
    assert alternatives.days_to_build(one) == 13.5


@pytest.mark.parametrize(("many", "dear"), [(0, 0), (1, 0), (1.5, 25), (2, 50), (10, 50 + 8 * 30)])
def test_a_tier_holds_from_the_end_of_the_one_before(many, dear):
    assert alternatives.paid({"tiers": [[1, 0], [2, 50], [float("inf"), 30]]}, many) == dear


def test_a_host_is_the_smallest_that_has_the_cores():
    assert [alternatives.of_a_host(cores) for cores in (0.1, 2, 2.1, 64, 65, 200)] == [2, 2, 4, 64, 128, 256]


def test_quantities_of_a_rate_are_those_of_its_events():
    have = alternatives.quantities(1000)
    assert have["million events"] == pytest.approx(2628)
    assert have["million events kept"] == pytest.approx(1000 * 86_400 * TRAFFIC["kept_days"] / 1e6)
    assert have["million questions"] == pytest.approx(2.628)
    assert have["vCPU hours of a database"] == HOURS * Needs(1000).host["vcpus"]


def test_our_own_line_is_that_of_the_model_of_scale():
    (ours,) = [line for line in alternatives.costs(SIZES) if line.startswith("| Footfall")]
    assert ours.strip("| ").split(" | ")[1:] == [amount(sum(Needs(rate).dollars().values())) for rate in SIZES]


@priced
def test_more_events_never_cost_less(one):
    """A queue and hosts come in steps: so over rates a factor of two apart."""
    bills = [sum(alternatives.bill(one, 25 * 2**step).values()) for step in range(12)]
    assert [pair for pair in pairwise(bills) if pair[0] > pair[1] * 1.001] == []


@priced
def test_each_term_is_told_apart_from_the_others(one):
    assert len(alternatives.bill(one, 100)) == len(one["terms"] or Needs(100).dollars())
    assert one["lacks"].keys() == alternatives.DATA["parts"].keys()


def test_every_price_is_used_and_says_where_it_is_from():
    used = {term["price"] for one in PRICED for term in one["terms"]}
    assert used == alternatives.DATA["prices"].keys()
    kinds = {"looked up", "looked up, not at the vendor", "remembered", "reckoned"}
    wrong = [
        name
        for name, price in alternatives.DATA["prices"].items()
        if not price["from"] or not price["unit"] or price["seen"] not in kinds
    ]
    assert wrong == []


def test_what_the_page_says_by_hand_is_what_the_model_says():
    years = {name: alternatives.year(named(name), 20) for name in ("PostHog Cloud", "Footfall on TimescaleDB")}
    assert years["PostHog Cloud"] < years["Footfall on TimescaleDB"]
    assert alternatives.year(named("PostHog Cloud"), 22) > alternatives.year(named("Footfall on TimescaleDB"), 22)

    ours = dollars("Footfall on TimescaleDB", 10_000)
    clearly, a_little = ("ClickHouse Cloud", "Kinesis, Firehose, Athena"), "PostHog, self-hosted"
    assert all(dollars(name, 10_000) < 0.75 * ours for name in clearly)
    assert 0.75 * ours < dollars(a_little, 10_000) < ours
    assert dollars("ClickHouse Cloud", 1_000) < dollars("Footfall on TimescaleDB", 1_000)
    assert alternatives.year(named("DynamoDB"), 99) < alternatives.year(named("Footfall on TimescaleDB"), 99)

    *rest, disks = alternatives.bill(named("Postgres with pg_partman, RDS"), 1_000).values()
    assert disks > sum(rest)
    hosts = {
        name: alternatives.bill(named(name), 100).get("two RDS hosts that answer customers")
        for name in map(itemgetter("name"), PRICED)
    }
    assert [name.split()[0].strip(",") for name, cost in hosts.items() if cost] == [
        "GA4",
        "Segment",
        "Snowplow",
        "Kinesis",
    ]
    assert {amount(cost) for cost in hosts.values() if cost} == {"420"}
    assert f"Footfall's {amount(alternatives.days_to_build(PRICED[0]))} days" in PAGE
    for rate, told in ((100, "83 of 370"), (10_000, "210 of 5,000")):
        bill = Needs(rate).dollars()
        assert told == f"{amount(bill['API'])} of {amount(sum(bill.values()))}"
        assert told in PAGE
    assert f"{100 * 86_400 / 1e6:.1f} million events a day" in PAGE
    assert f"{alternatives.quantities(100)['million events']:.0f} million" in PAGE


def test_the_command_prints_the_tables_and_the_terms():
    done = bench("--events-per-second", "100")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [*alternatives.costs([100.0]), "", *alternatives.people([100.0])]
    told = bench("--terms").stdout
    assert [term["what"] for one in PRICED for term in one["terms"] if term["what"] not in told] == []


def test_no_events_are_no_question():
    done = bench("--events-per-second", "0")
    said = "alternatives.py: error: --events-per-second must be above 0"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, said)
