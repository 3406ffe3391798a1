"""Whoever has a grant asks the same counts by the same function, with or without a request."""

from __future__ import annotations

import ast
import dataclasses
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ago, bearer, event
from fixtures.processes import environment
from tracking.stats import queries, schemas

SCRIPT = """
import math, sys
from datetime import date
from functools import partial

import msgspec

from tracking import db, deployment, environment
from tracking.provenance.grants import Grant
from tracking.snapshot import Snapshot
from tracking.stats import incomplete
from tracking.stats.ask import ask
from tracking.stats.memo import Memo
from tracking.stats.queries import BreakdownQuery, ExplainQuery, FunnelQuery, OverlapQuery, SummaryQuery, TimeseriesQuery, TopQuery
from tracking.stats.questions import Counts
from tracking.stats.turns import Turns

engine = db.engine(db.api_url(environment.load()))
counts = Counts(
    engine, Snapshot(partial(deployment.read, engine)), Turns(1), Memo(), Snapshot(partial(incomplete.read, engine))
)
grant = Grant("web", "stats", frozenset({"stats"}), math.inf, owner="acme")
first, last = map(date.fromisoformat, sys.argv[1:])
for query in (
    SummaryQuery(from_=first, to=last, compare="year"),
    TimeseriesQuery(from_=first, to=last, interval="hour", timezone="Asia/Kathmandu", name=("view", "click*")),
    BreakdownQuery(from_=first, to=last, by="detail", uniques=False),
    TopQuery(from_=first, to=last, order="creators", search="Engin"),
    FunnelQuery(from_=first, to=last, step=("click", "view")),
    ExplainQuery(from_=first, to=last, action=("click", "view")),
    OverlapQuery(from_=first, to=last, action=("view",), and_action=("click",)),
):
    print(msgspec.json.encode(ask(counts, grant, query).payload).decode())
"""
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("summary", {"compare": "year"}),
    ("timeseries", {"interval": "hour", "timezone": "Asia/Kathmandu", "name": ["view", "click*"]}),
    ("breakdown", {"by": "detail", "uniques": False}),
    ("top", {"order": "creators", "search": "Engin"}),
    ("funnel", {"step": ["click", "view"]}),
    ("explain", {"action": ["click", "view"]}),
    ("overlap", {"action": ["view"], "and_action": ["click"]}),
]
SCHEMAS = {
    "summary": schemas.SummaryQuerySchema,
    "timeseries": schemas.TimeseriesQuerySchema,
    "breakdown": schemas.BreakdownQuerySchema,
    "top": schemas.TopQuerySchema,
    "funnel": schemas.FunnelQuerySchema,
    "explain": schemas.ExplainQuerySchema,
    "overlap": schemas.OverlapQuerySchema,
}


def test_a_script_gets_what_http_gives(client: Any, acme: str, bob: str, verdicts: Any, settings: Any) -> None:
    verdicts(event(), event(name="click", occurred_at=ago(hours=30)))
    verdicts(event(name="click__save"), token=bob)
    today = datetime.now(UTC).date()
    days = [str(today - timedelta(days=2)), str(today + timedelta(days=1))]

    def by_http() -> list[Any]:
        period = dict(zip(("from", "to"), days, strict=True))
        return [
            client.post(f"/v1/stats/{path}", json=period | query, headers=bearer(acme)).json
            for path, query in QUESTIONS
        ]

    before = by_http()
    script = subprocess.run(
        [sys.executable, "-c", SCRIPT, *days],
        env=environment(settings), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert script.returncode == 0, script.stderr
    answers = [json.loads(line) for line in script.stdout.splitlines()]
    assert answers in (before, by_http())  # the hour may turn meanwhile, and with it final_until
    assert [answer["events"] for answer in answers[:4]] == [3, 3, 3, 3]
    assert [step["creators"] for step in answers[4]["steps"]] == [2, 1]


def test_the_counts_know_nothing_of_flask() -> None:
    """But for the two modules that take a question from a request and put the answer into a response."""
    knowing = set()
    for file in Path(queries.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in {"flask", "flask_smorest", "werkzeug"} for name in names):
                knowing.add(file.stem)
    assert knowing == {"routes", "answers"}


@pytest.mark.parametrize("path", SCHEMAS)
def test_a_query_has_the_same_defaults_in_python_and_by_http(path: str) -> None:
    kind = getattr(queries, f"{path.title()}Query")
    needed = {"and_name": ["click"]} if path == "overlap" else {}
    assert SCHEMAS[path]().load(needed) == kind(**{key: tuple(value) for key, value in needed.items()})
    assert set(SCHEMAS[path]().fields) == {field.name for field in dataclasses.fields(kind)}
