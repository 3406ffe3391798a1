"""A lake in a folder of its own, and events that arrived on days that are over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ago, event
from fixtures.s3 import aws, bucket, may  # noqa: F401 - fixtures; nobody else waits for moto to be imported
from tracking.settings import Settings


def day(ago: int) -> date:
    """The UTC day so many days ago."""
    return datetime.now(UTC).date() - timedelta(days=ago)


@pytest.fixture
def place(tmp_path: Path) -> str:
    """LAKE_URL."""
    return f"file://{tmp_path}/lake"


@pytest.fixture
def lake(settings: Settings, engine: object, place: str) -> Settings:
    """The settings of a deployment whose lake is empty."""
    return replace(settings, lake_url=place)


@pytest.fixture
def arrived(verdicts: Callable[..., list[str]], sql: Callable[..., Any]) -> Callable[..., None]:
    """Sends events, by default two that count and one that is rejected, and lets them have arrived `days` ago."""

    def send(*events: dict[str, Any], days: int = 1) -> None:
        verdicts(*(events or (event(), event(name="click__apply", occurred_at=ago(days=2)), event(name="?"))))
        ((now,),) = sql("select max(received_at) from tracking.ingest_ledger")
        then = now - timedelta(days=days)
        sql("update tracking.events set received_at = %s where received_at = %s", then, now)
        sql(  # a line lies in the chunk of its day
            "with moved as (delete from tracking.ingest_ledger where received_at = %s returning *)"
            " insert into tracking.ingest_ledger"
            " select %s, source, name, verdict, events, occurred_from, occurred_to from moved",
            now,
            then,
        )

    return send


@pytest.fixture
def tracking(footfall: Callable[..., Any], place: str) -> Callable[..., Any]:
    """Runs `python -m tracking lake … --json` and returns what it said."""

    def run(*arguments: str, **more: Any) -> Any:
        return json.loads(footfall("lake", *arguments, "--json", **{"LAKE_URL": place} | more).stdout)

    return run


@pytest.fixture
def refused(footfall: Callable[..., Any], place: str) -> Callable[..., str]:
    """Runs `python -m tracking lake …`, which ends with one sentence, and returns this."""

    def run(*arguments: str, **more: Any) -> str:
        said = footfall("lake", *arguments, exits=2, **{"LAKE_URL": place} | more).stderr
        (line,) = [line for line in said.splitlines() if line.startswith("footfall: ")]
        assert "Traceback" not in said
        return line.removeprefix("footfall: ")

    return run
