"""The worked example of docs/project/aggregates.md: its events go in, and its statements give its tables."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fixtures.database import disagreements
from fixtures.processes import ROOT
from fixtures.retention import into_trails
from fixtures.telling import VIEWS
from tracking import db, deployment
from tracking.aggregates import refresh
from tracking.bi import visitors
from tracking.notifications import asking
from tracking.notifications.asking import Due
from tracking.trails import grouped

PAGE = (ROOT / "docs" / "project" / "aggregates.md").read_text()
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DAY = date(2026, 3, 3)
MORNING = datetime(2026, 3, 4, 9, tzinfo=UTC)
"""When that day is told."""


class Answered(NamedTuple):
    """A statement of the page and the table under it."""

    statement: str
    rows: list[tuple[str, ...]]


def table_after(place: int) -> list[tuple[str, ...]]:
    """The rows of the first table behind a place of the page."""
    lines = re.search(r"(?:^\|.*\n)+", PAGE[place:], re.MULTILINE)[0].splitlines()
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


BLOCKS = [(match[1], match[2], match.end()) for match in FENCED.finditer(PAGE)]
EVENTS = next(text for kind, text, _ in BLOCKS if kind == "json")
STATEMENTS = [Answered(text, table_after(end)) for kind, text, end in BLOCKS if kind == "sql" and "%(" not in text]
CORE = next(text for kind, text, _ in BLOCKS if kind == "sql" and "%(" in text)
TOLD = table_after(PAGE.index(CORE))


def cells(rows: list[tuple]) -> list[tuple[str, ...]]:
    return [tuple(str(value) for value in row) for row in rows]


@pytest.fixture
def counted(footfall: Any, catalogue: None, receivers: None, settings: Any, tmp_path: Path) -> dict[str, int]:
    """The example's events are imported and counted, as the jobs do it. The last lines of what the import said."""
    file = tmp_path / "events.ndjson"
    file.write_text(EVENTS)
    command = re.search(r"^python -m tracking (import .*)$", PAGE, re.MULTILINE)[1]
    done = footfall(*command.replace("events.ndjson", str(file)).split())
    refresh.catch_up(db.owner_url(settings))
    visitors.count(db.owner_url(settings))
    return {word: int(number) for number, word in re.findall(r"(\d+) (accepted|repeat|own|bot)", done.output)}


def test_seven_of_ten_count(counted: dict[str, int], sql: Any) -> None:
    became = sql("select coalesce(excluded, 'accepted'), count(*)::int from tracking.events group by 1 order by 1")
    assert became == [("accepted", 7), ("bot", 1), ("own", 1), ("repeat", 1)]


def test_each_statement_gives_the_table_under_it(counted: dict[str, int], sql: Any, settings: Any) -> None:
    assert len(STATEMENTS) == 5
    for statement, rows in STATEMENTS:
        assert cells(sql(statement)) == rows, statement
    assert disagreements(settings) == {}


def test_marketing_sees_the_same(counted: dict[str, int], settings: Any) -> None:
    with db.connect(db.owner_url(settings)) as connection:
        connection.execute("set role marketing")
        for statement, rows in STATEMENTS:
            if "analytics." in statement:
                assert cells(connection.execute(statement).fetchall()) == rows


def test_the_outbox_says_what_the_page_says(counted: dict[str, int], rule: Any, fill: Any, outbox: Any) -> None:
    rule(first_day=DAY, compares=True)
    fill(MORNING)
    assert cells(outbox("receiver_id, day, value, before")) == TOLD


def test_what_is_told_needs_no_raw_event(counted: dict[str, int], rule: Any, engine: Any, sql: Any) -> None:
    """The raw events are gone, and the answer is the same: it cannot have come from them."""
    asked = Due(rule(first_day=DAY, compares=True), DAY)
    decided = deployment.read(engine)

    def told() -> list[tuple]:
        with engine.connect() as connection:
            return [row[:3] for row in asking.ask(connection, decided, asked, after="", page=10)]

    before = told()
    sql("select drop_chunks('tracking.events', older_than => timestamptz '2026-03-10')")
    assert sql("select count(*)::int from tracking.events") == [(0,)]
    assert told() == before == [("bob", 3, 1)]


@pytest.mark.parametrize(("trodden", "left"), [(True, 3), (False, 0)])
def test_people_of_several_names_need_them_until_they_are_in_the_trails(
    counted: dict[str, int], rule: Any, engine: Any, sql: Any, trodden: bool, left: int
) -> None:
    """The exception that the page names: so the test above can fail."""
    asked = Due(rule(first_day=DAY, names=("view", "click__message")), DAY)
    decided = deployment.read(engine)
    if trodden:
        into_trails(sql)
    else:
        sql("update tracking.trails_state set until = '2026-01-01Z'")

    def told() -> int:
        with engine.connect().execution_options(**grouped.SNAPSHOT) as connection:
            return asking.ask(connection, decided, asked, after="", page=10)[0].value

    assert told() == 3
    sql("select drop_chunks('tracking.events', older_than => timestamptz '2026-03-10')")
    assert told() == left


def test_the_core_of_the_statement_is_quoted_as_it_is() -> None:
    assert CORE in (ROOT / "sql" / "queries" / "told_receivers.sql").read_text()
    assert VIEWS.is_exact_by_day


def test_people_of_two_days_are_fewer_than_the_sum_and_unknown_once_raw_events_are_gone(
    counted: dict[str, int], client: Any, web: str, sql: Any
) -> None:
    """With the API, as a customer asks."""
    asked = "/v1/stats/timeseries?receiver=profile:bob&name=view&from=2026-03-02&to=2026-03-03&timezone=Europe/Berlin"

    def people() -> tuple[list[int], int | None, str]:
        reply = client.get(asked, headers={"Authorization": f"Bearer {web}"}).get_json()
        return [bucket["creators"] for bucket in reply["buckets"]], reply["creators"], reply["uniques"]

    assert people() == ([1, 3], 3, "exact")
    sql("select tracking.note_dropped('2026-03-04 00:00 Europe/Berlin')")
    sql("select drop_chunks('tracking.events', older_than => timestamptz '2026-03-10')")
    assert people() == ([1, 3], None, "unknown")


COST = table_after(PAGE.index("## What it costs"))


@pytest.mark.parametrize("row", COST, ids=lambda row: row[0][:30])
def test_every_cost_is_one_that_was_measured(row: tuple[str, ...]) -> None:
    """Each figure is in the section of docs/performance.md that names its command."""
    what, figures, _ = row
    at = COST.index(row)
    bench = next(cells[2] for cells in reversed(COST[: at + 1]) if cells[2] != "the same").strip("`")
    performance = (ROOT / "docs" / "performance.md").read_text()
    section = next(part for part in performance.split("\n## ") if f"`{bench}`" in part)
    for figure in re.findall(r"\d[\d.,]*\d|\d+", figures):
        assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", section), (what, figure)
