"""Every question of docs/questions.sql has the answer of a recount in plain Python, asked as marketing."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.questions import questions
from fixtures.asked import Asked
from fixtures.worlds import NAMES, OWNED, SOURCES
from tracking import db
from tracking.bi import visitors

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = 70
JOBS = ["job:42", "job:42", "job:43", "job:77", "job:9", "story:42"]
DESCRIBED = """
    insert into tracking.receivers (receiver_type, receiver_id, owner, title)
    select split_part(key, ':', 1), split_part(key, ':', 2), value, 'Title of ' || key
      from jsonb_each_text(%s::jsonb) where value is not null
"""
ARRIVED = """
    insert into tracking.ingest_ledger (received_at, source, name, verdict, events, occurred_from, occurred_to, late)
    select received_at, source, 'view', verdict, events, received_at, received_at, late
      from jsonb_to_recordset(%s::jsonb) as line (received_at timestamptz, source text, verdict text, events bigint, late bigint)
"""


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


def moment(chance: random.Random, now: datetime) -> datetime:
    """In the last weeks; often in the first or last microsecond of a day, and more often yesterday than earlier."""
    today = now.astimezone(BERLIN).date()
    day = today - timedelta(days=chance.choice([0, 1, 1, 2, 7, *[chance.randrange(DAYS)] * 12]))
    start, end = midnight(day), midnight(day + timedelta(days=1))
    edge = chance.choice([None, None, None, start, end - timedelta(microseconds=1)])
    return min(edge or start + chance.random() * (end - start), now)


def a_world(seed: int, now: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of tracking.events and of the ledger."""
    chance = random.Random(seed)
    silent = now.astimezone(BERLIN).date() - timedelta(days=5)
    rows = []
    for number in range(900):
        receiver_type, _, receiver_id = chance.choice(JOBS).partition(":")
        if number % 5 == 0:
            receiver_type, receiver_id = "profile", f"user-{chance.randrange(20)}"
        rows.append({
            "occurred_at": moment(chance, now), "source": chance.choice(SOURCES), "creator": f"user-{chance.randrange(30)}",
            "receiver_type": receiver_type, "receiver_id": receiver_id, "name": chance.choice(NAMES),
            "excluded": chance.choice([None, None, None, "repeat"]),
        })  # fmt: skip
    yesterday = midnight(now.astimezone(BERLIN).date()) - timedelta(hours=3)
    rows += [rows[0] | {"occurred_at": yesterday, "receiver_type": "job", "receiver_id": new, "name": "view", "excluded": None}
             for new in ("new", "new", "newer")]  # fmt: skip
    ledger = []
    for _ in range(120):
        verdict = chance.choice(["accepted", "repeat", "duplicate", "rejected"])
        ledger.append({
            "received_at": moment(chance, now), "source": chance.choice(SOURCES), "verdict": verdict, "events": 9,
            "late": 0 if verdict == "rejected" else chance.choice([0, 0, 4]),
        })  # fmt: skip
    return [row for row in rows if row["occurred_at"].astimezone(BERLIN).date() != silent], ledger


def plain(answer: list[tuple]) -> list[tuple]:
    return [tuple(float(value) if isinstance(value, Decimal) else value for value in row) for row in answer]


@pytest.fixture
def asking(insert: Any, sql: Any, settings: Any, reading: Any) -> Any:
    """Makes a world and asks all questions in one transaction, whose time is the world's."""

    def ask(seed: int) -> tuple[Asked, dict[str, list[tuple]]]:
        ((now,),) = sql("select date_trunc('milliseconds', now())")
        rows, ledger = a_world(seed, now)
        insert(rows)
        sql(DESCRIBED, json.dumps(OWNED))
        sql(ARRIVED, json.dumps([line | {"received_at": line["received_at"].isoformat()} for line in ledger]))
        for name in ("event_counts_15min", "event_counts_daily", "activity_daily", "activity_hourly"):
            sql(f"call refresh_continuous_aggregate('tracking.{name}', null, '{now - timedelta(days=2)}')")
        visitors.count(db.owner_url(settings))
        with reading() as connection, connection.transaction():
            ((today,),) = connection.execute("select (now() at time zone 'Europe/Berlin')::date").fetchall()
            answers = {name: plain(connection.execute(asked).fetchall()) for name, asked in questions().items()}
        return Asked(rows, ledger, today, "Europe/Berlin"), answers

    return ask


@pytest.mark.parametrize("seed", [1, 2])
def test_every_question_has_the_answer_of_a_recount(asking: Any, seed: int) -> None:
    asked, answers = asking(seed)
    assert len(answers) == 10
    for name, answer in answers.items():
        found = [row[:-1] for row in answer] if name == "visitors-by-week" else answer  # is_final: test_visitors.py
        assert found, f"{name} has no answer to compare"
        assert found == getattr(asked, name.replace("-", "_"))(), name


def test_a_day_without_an_event_is_unusual(asking: Any) -> None:
    asked, answers = asking(1)
    silent = [day for day, events, _ in answers["unusual-days"] if events == 0]
    assert asked.today - timedelta(days=5) in silent


def test_every_question_says_what_it_answers() -> None:
    for name, asked in questions().items():
        assert asked.strip().startswith("-- "), name
        assert asked.strip().endswith(";"), name
        assert "?" in asked.partition("\n\n")[0], name
        assert "tracking." not in asked, f"{name} reads what marketing may not"
