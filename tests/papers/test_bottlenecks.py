"""docs/project/bottlenecks.md: each entry has a number, a sign and a way out; what it names exists; what it reckons is so."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
import yaml

from bench import order
from bench.model import Needs, limits
from bench.scale import amount
from fixtures.processes import ROOT
from tracking.catalogue import seen
from tracking.cli import bi
from tracking.ingest.bulk import Bulk, Tally
from tracking.notifications import delivery
from tracking.problems import KINDS
from tracking.queues import consume
from tracking.stats.refusals import too_heavy
from tracking.telemetry import series
from tracking.telemetry.database import GAUGES

PAGE = (ROOT / "docs" / "project" / "bottlenecks.md").read_text()
SCALE = (ROOT / "docs" / "scale.md").read_text()
PERFORMANCE = (ROOT / "docs" / "performance.md").read_text()
HEADING = re.compile(r"^## (\d+)\. (.+)\n", re.MULTILINE)
FENCED = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
DOCTOR = (ROOT / "tracking" / "cli" / "doctor.py").read_text()
CHECKS = set(re.findall(r'Finding\(\s*"([a-z ]+)"', DOCTOR))
WEEKLY = "now() - interval '7 days'"


class Entry(NamedTuple):
    number: int
    name: str
    comes: str
    sign: str
    way: str


def _entries() -> list[Entry]:
    parts = HEADING.split(PAGE)[1:]
    found = []
    for number, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        _, comes, sign, way = re.split(r"\*\*(?:Comes|Sign|Way out)\*\*", text)
        found.append(Entry(int(number), name.strip(), comes, sign, way))
    return found


ENTRIES = _entries()
BY_NAME = {entry.name: entry for entry in ENTRIES}
entries = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def default(name: str) -> int:
    return int(order.DEFAULTS[name])


def test_the_entries_are_those_that_were_asked_for() -> None:
    asked = (
        "receivers", "connections", "log", "late", "names", "schema", "clocks", "blockers", "bots", "mails", "queue",
        "erasure", "upgrades", "cost", "why",
    )  # fmt: skip
    assert [entry.number for entry in ENTRIES] == list(range(1, len(asked) + 1))
    names = " ".join(entry.name.lower() for entry in ENTRIES)
    assert [word for word in asked if word not in names] == []


@entries
def test_each_has_a_number_a_sign_and_a_way_out(entry: Entry) -> None:
    assert re.search(r"\d|\bone\b", FENCED.sub("", entry.comes))
    assert "`" in entry.sign or entry.sign.startswith(": none")
    assert entry.way.startswith((", built: ", ": planned, not built"))
    built = entry.way.partition("ot built")[0]
    assert not entry.way.startswith(", built") or re.search(r"\]\(|`", built + entry.sign)


def test_every_metric_exists() -> None:
    known = {tally_name for metric in series.REGISTRY.collect() for tally_name in (metric.name, f"{metric.name}_total")}
    known |= {f"footfall_{name}" for name in GAUGES} | {"footfall_queue_oldest_seconds"}
    named = set(re.findall(r"footfall_\w+", PAGE))
    assert named - known == set()
    assert "footfall_queue_oldest_seconds" in (ROOT / "tracking" / "queues" / "probe.py").read_text()
    assert len(named) > 5


def test_every_alert_exists() -> None:
    named = set(re.findall(r"\bFootfall[A-Z]\w+", PAGE))
    assert named - {rule["alert"] for rule in RULES} == set()
    assert len(named) > 7


def test_every_line_of_doctor_exists() -> None:
    named = set(re.findall(r"`([a-z ]+)`(?: in `doctor`|, when)", PAGE)) | {"aggregate"}
    assert {"crawlers", "database", "told", "refresh"} <= named
    assert named - CHECKS == set()


def test_every_kind_of_incident_exists() -> None:
    named = set(re.findall(r"incidents? `(\w+)`", PAGE)) | set(re.findall(r"incident `\w+` or `(\w+)`", PAGE))
    assert named == {"fewer", "ratio", "bot", "clock", "rejected"}
    alarms = (ROOT / "docs" / "alarms.md").read_text()
    assert [kind for kind in named if f"| `{kind}` |" not in alarms] == []


def test_every_kind_of_problem_exists() -> None:
    """Of a question that takes too long it is another one than of events."""
    named = set(re.findall(r"`footfall_problems_total` of `([a-z-]+)`", PAGE))
    asked = {"from": datetime.now(UTC), "to": datetime.now(UTC), "receivers": None, "names": None, "uniques": True}
    assert named == {too_heavy(asked | {"one_owner": True}).kind, "disk-full"}
    assert named <= KINDS.keys()


MODEL = limits()
LATE = MODEL["yesterday cannot be counted again every 15 minutes"]
COME = [
    ("Hot receivers", order.funnel_rate(1)),
    ("Disk and write-ahead log", order.BRIEF),
    ("Refresh with late data", LATE),
    ("Cost", 10_000),
    ("Connections", order.first(lambda rate: Needs(rate).api_cores > order.workers())),
]


@pytest.mark.parametrize(("name", "rate"), COME)
def test_the_rate_is_the_one_that_is_reckoned(name: str, rate: float) -> None:
    assert f"at {amount(rate)} " in BY_NAME[name].comes


def test_the_entries_are_in_the_order_in_which_they_come() -> None:
    found = [(BY_NAME[name].number, rate) for name, rate in COME]
    assert all(first[0] < then[0] and first[1] <= then[1] for first, then in pairwise(found))
    rates = [one.rate for one in order.bottlenecks()]
    assert rates == sorted(rates)


def test_hot_receivers() -> None:
    comes = BY_NAME["Hot receivers"].comes
    assert f"At {amount(order.funnel_rate(order.timeout()))}, in proportion" in comes
    for figure in (f"{order.BUSIEST:,} events", f"{order.FUNNEL * 1000:,.0f} | 3 |", "10 million events of 30 days"):
        assert figure in PERFORMANCE
    assert f"{order.BUSIEST:,}" in comes
    assert f"{order.FUNNEL * 1000:,.0f} ms" in comes


def test_disk() -> None:
    disk = BY_NAME["Disk and write-ahead log"]
    assert f"on day {order.full_on(order.BRIEF)}" in disk.comes
    assert f"at {amount(MODEL['the disks are full'])} with 60 TB" in disk.comes
    assert f"at {amount(MODEL['a host takes no more write-ahead log'])} (model)" in disk.comes
    assert f"within {amount(Needs(order.BRIEF).disk_gb)} GB (model)" in disk.way
    template = (ROOT / "deploy" / "aws" / "template.yaml").read_text()
    assert re.search(r"DatabaseDiskGiB:\n.*\n.*\n.*\n.*\n\s+Default: 200\n", template)
    assert order.disk_gb(1, 36) - order.disk_gb(1, 35) == pytest.approx(86_400 * 78.3 / 1e9)


def test_connections() -> None:
    comes = BY_NAME["Connections"].comes
    assert f"{order.workers() + 1}th API worker" in comes
    assert f"may take {default('POOL_SIZE') + default('QUESTIONS_AT_ONCE')} " in comes
    assert f"leaves {order.CONNECTIONS - order.RESERVED}" in comes
    assert f"{order.workers(500)} workers" in comes
    grant = next(parameter for parameter in bi.bi.commands["grant"].params if "--connections" in parameter.opts)
    assert f"({grant.default} each)" in comes


def test_cost() -> None:
    bills = Needs(10_000).dollars()
    cost = BY_NAME["Cost"]
    for figure in (
        f"{amount(sum(bills.values()))} dollars a month", f"disks {amount(bills['disks'])}",
        f"queue {amount(bills['queue (SQS)'])}", f"100 a second {amount(sum(Needs(100).dollars().values()))}",
    ):  # fmt: skip
        assert figure in cost.comes
    aws = (ROOT / "docs" / "aws.md").read_text()
    assert "**11,268**" in aws
    assert "some 2,300\n  dollars" in aws or "some 2,300 dollars" in aws


def test_bounds_are_those_of_the_code() -> None:
    clocks, queue, mails = BY_NAME["Clocks of clients"], BY_NAME["Queue quotas"], BY_NAME["Mails"]
    assert f"{default('FUTURE_SECONDS')} seconds ahead" in clocks.comes
    assert f"{default('LATENESS_DAYS')} days behind" in clocks.comes
    assert f"`QUEUE_TRUST_SECONDS`, {default('QUEUE_TRUST_SECONDS'):,}" in queue.comes
    assert f"{120_000 // consume.IN_HAND:,} drains" in queue.comes
    assert f"One drain wrote {order.DRAIN:,}" in queue.comes
    assert f"{order.DRAIN:,} events a second" in PERFORMANCE
    assert delivery.WORKERS == 4
    assert f"100,000 take {100_000 * 0.1 / delivery.WORKERS / 60:.0f} minutes" in mails.comes
    assert f"shows {seen.MOST_UNKNOWN} unknown" in BY_NAME["Cardinality of custom names"].comes
    for_ = {rule["alert"]: rule["expr"] for rule in RULES}
    assert f"> {26 * 3600}" in for_["FootfallAggregateLags"]
    assert f"> {20 * 60}" in for_["FootfallQueueBehind"]
    assert "> 0.1 and" in for_["FootfallRejectsEvents"]


def test_many_names_cost_what_was_measured() -> None:
    section = PERFORMANCE.partition("## Many names")[2].partition("\n## ")[0]
    rows = {
        cells[0]: [float(number.replace(",", "")) for number in cells[1:] if "," not in number or number[-1].isdigit()]
        for line in section.splitlines()
        if line.startswith("| ") and "---" not in line
        for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
        if "names shown" not in line
    }
    comes = BY_NAME["Cardinality of custom names"].comes

    def times(name: str) -> float:
        few, _, many = rows[name]
        return many / few

    assert f"{times('counts, not compressed: bytes an event'):.1f} times the bytes" in comes
    assert f"{times('lines of the ledger'):.0f} times the lines" in comes
    assert f"{times('''rows of the platform's hours'''):.0f} times the rows" in comes


@pytest.fixture
def week(engine: Any, settings: Any) -> None:
    """Of web and backend: four people whose backend sent something, one of them never seen by web; crawlers; clocks."""
    now = datetime.now(UTC)

    def send(source: str, *events: tuple[str, timedelta, str]) -> None:
        sent = [
            {
                "id": f"{source}-{number}", "name": "apply", "receiver": f"job:{number}", "creator": creator,
                "occurred_at": (now + after).isoformat(), "context": {"user_agent": agent},
            }
            for number, (creator, after, agent) in enumerate(events)
        ]  # fmt: skip
        Bulk(engine, settings, source).write(sent, Tally())

    soon, hours = timedelta(seconds=-5), timedelta(hours=-3)
    person, crawler = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Googlebot/2.1"
    send("backend", *((creator, soon, person) for creator in ("ann", "ben", "cem", "dia")))
    send(
        "web", ("ann", soon, person), ("ben", hours, person), ("cem", timedelta(seconds=200), person),
        ("bot", soon, crawler), ("eve", hours, person),
    )  # fmt: skip


BLOCKERS, BOTS, CLOCKS = FENCED.findall(PAGE)


def test_the_statements_measure_what_they_say(week: None, sql: Any) -> None:
    assert all(WEEKLY in statement for statement in (BLOCKERS, BOTS, CLOCKS))
    assert [tuple(map(float, row)) for row in sql(BLOCKERS)] == [(25.0, 4.0)]
    assert [(source, float(percent or 0)) for source, percent in sql(BOTS)] == [("backend", 0.0), ("web", 20.0)]
    assert [(source, float(ahead), float(behind)) for source, ahead, behind in sql(CLOCKS)] == [
        ("backend", 0.0, 0.0), ("web", 20.0, 40.0),
    ]  # fmt: skip


def test_a_clock_that_is_an_hour_behind_puts_one_of_24_on_the_day_before() -> None:
    minutes = [datetime(2026, 3, 3, tzinfo=UTC) + timedelta(minutes=n) for n in range(24 * 60)]
    wrong = [moment for moment in minutes if (moment - timedelta(hours=1)).date() != moment.date()]
    assert len(minutes) / len(wrong) == 24
