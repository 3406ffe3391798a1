"""The page about disputes: its world is made here, and its queries are asked as they stand there."""

import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.cast import bearer, event
from tracking.provenance import tokens

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "project" / "disputes.md").read_text()
DAY = date(2026, 11, 26)
"""Of the page; a day before yesterday takes its place."""
BERLIN = ZoneInfo("Europe/Berlin")
ASKED = re.compile(r"```sql\n(.*?)```\n(?:(?!```).)*?(\| .*?)\n\n", re.DOTALL)
"""A query, and the table that it answers with."""
CRAWLER = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
VIEWS = [3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]
"""Of each person, hours apart."""
RELOADS = [3, 2, 2, 2, 1, 1, 1, 1, 1]
"""Within half an hour of the first view of each of the first nine."""


@pytest.fixture
def day() -> date:
    """One that is over everywhere, and not final."""
    return datetime.now(BERLIN).date() - timedelta(days=2)


@pytest.fixture
def told(verdicts: Any, web: str, catalogue: None, day: date) -> list[str]:
    """Sends what the page tells of, and says the verdicts."""
    morning = datetime.combine(day, time(9), BERLIN)
    night = datetime.combine(day + timedelta(days=1), time(0, 30), BERLIN)
    said: list[str] = []

    def send(creator: str, *events: dict[str, Any]) -> None:
        said.extend(verdicts(*events, token=tokens.mint(web, "client", seconds=900, creator=creator)))

    def at(moment: datetime, **fields: Any) -> dict[str, Any]:
        return event(occurred_at=moment.isoformat(), **fields)

    for number, views in enumerate(VIEWS):
        first = [at(morning + timedelta(hours=hour)) for hour in range(views)]
        reloads = RELOADS[number] if number < len(RELOADS) else 0
        again = [at(morning + timedelta(minutes=minute)) for minute in range(1, reloads + 1)]
        at_night = [at(night)] if number < 4 else []
        retried = first[:1] if number < 5 else []
        changed = [first[0] | {"properties": {"page": 2}}] if number == 0 else []
        send(f"user-{number}", *first, *again, *at_night, *retried, *changed)
    send("crawler", *(at(morning + timedelta(hours=hour), context=CRAWLER) for hour in range(2)))
    send("slow-clock", *(at(morning - timedelta(days=21, hours=hour)) for hour in range(3)))
    return said


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]


def test_google_says_40_and_we_say_17(told: list[str], client: Any, web: str, day: date) -> None:
    sums = [[int(cell) for cell in row[1:]] for row in table(PAGE.split("| what happened")[1])[2:7]]
    assert [sum(column) for column in zip(*sums, strict=True)] == [40, 40, 17]
    assert Counter(told) == {"accepted": 21, "repeat": 14, "bot": 2, "rejected": 3, "duplicate": 5, "conflict": 1}

    asked = re.search(
        r"`(/v1/stats/summary\S+)` with\s+`(timezone=\S+)` in place of `(\S+)` answers (\d+) in place of (\d+)", PAGE
    )
    query = dated(asked[1], day)
    for timezone, events in ((asked[2].partition("=")[2], asked[4]), (asked[3], asked[5])):
        answer = client.get(f"{query}&timezone={timezone}", headers=bearer(web))
        assert answer.json["events"] == int(events), answer.json


def test_explain_says_it_in_words_and_to_the_customer_too(told: list[str], client: Any, web: str, day: date) -> None:
    asked = re.search(r"GET (/v1/stats/explain\S+)", PAGE)
    said = re.search("^> (33 were .*)$", PAGE, re.MULTILINE)
    customer = tokens.mint(web, "stats", seconds=900, receivers=["job:42"])
    for token in (web, customer):
        answer = client.get(dated(asked[1], day), headers=bearer(token))
        assert " ".join(answer.json["words"]) == said[1]
        assert answer.json["total"] == {"stored": 33, "counted": 17, "repeat": 14, "own": 0, "bot": 2, "prefetch": 0}


def test_each_query_answers_as_the_page_says(told: list[str], sql: Any, day: date) -> None:
    queries = ASKED.findall(PAGE)
    assert len(queries) == PAGE.count("```sql") == 4
    for query, rows in queries:
        found = [[undated(cell) for cell in row] for row in sql(dated(query, day))]
        assert found == [[undated(cell) for cell in row] for row in table(rows)[2:]], query


def dated(text: str, day: date) -> str:
    """The text, about this day."""
    for shift in (0, 1):
        text = text.replace(str(DAY + timedelta(days=shift)), str(day + timedelta(days=shift)))
    return text


def undated(cell: object) -> str:
    """The cell, without the moment that a reason names."""
    return re.sub(r"\d{4}-\S+Z", "…", str(cell))
