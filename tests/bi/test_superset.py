"""The export that Superset imports, beside the database that it asks; and what the script says to who starts it wrongly."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from deploy.superset import bundle
from deploy.superset.bundle import MASK, address, zipped
from deploy.superset.talking import reason
from deploy.superset.told import SupersetError
from fixtures.processes import ROOT, free_port

if TYPE_CHECKING:
    from pathlib import Path

EXPORT = ROOT / "deploy" / "superset" / "export"


def files(folder: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text()) for path in sorted((EXPORT / folder).rglob("*.yaml"))]


DATASETS = files("datasets")
CHARTS = files("charts")
(DASHBOARD,) = files("dashboards")
IDS = [one["table_name"] for one in DATASETS]


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_every_column_of_a_data_set_is_one_of_the_star_schema(reading: Any, dataset: dict[str, Any]) -> None:
    asked = dataset["sql"] or f"select * from analytics.{dataset['table_name']}"
    with reading() as connection:
        there = {column.name for column in connection.execute(f"select * from ({asked}) as asked limit 0").description}
        known = {name for (name,) in connection.execute(
            "select column_name from information_schema.columns where table_schema = 'analytics'"
        )}  # fmt: skip
    columns = {column["column_name"] for column in dataset["columns"]}
    assert columns == there
    assert columns <= known
    assert dataset["main_dttm_col"] in columns


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_no_metric_adds_up_what_is_unique(dataset: dict[str, Any]) -> None:
    unique = [column for column in dataset["columns"] if column["column_name"].startswith("unique_")]
    assert [column["column_name"] for column in unique if column["groupby"]] == []
    added = [
        metric["expression"]
        for metric in dataset["metrics"]
        if "unique_" in metric["expression"] and not re.fullmatch(r"MAX\(unique_\w+\)", metric["expression"])
    ]
    assert added == []


def test_no_chart_adds_up_what_is_unique() -> None:
    assert [chart["slice_name"] for chart in CHARTS if "unique_" in json.dumps(chart)] == []


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_every_metric_is_understood_by_the_database(reading: Any, dataset: dict[str, Any]) -> None:
    asked = dataset["sql"] or f"select * from analytics.{dataset['table_name']}"
    metrics = ", ".join(metric["expression"] for metric in dataset["metrics"])
    with reading() as connection:
        assert connection.execute(f"select {metrics} from ({asked}) as asked").fetchall()


@pytest.mark.parametrize("chart", CHARTS, ids=[one["slice_name"] for one in CHARTS])
def test_every_chart_has_its_query_and_asks_for_what_is_there(chart: dict[str, Any]) -> None:
    (dataset,) = (one for one in DATASETS if one["uuid"] == chart["dataset_uuid"])
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    (query,) = json.loads(chart["query_context"])["queries"]
    assert {of if isinstance(of, str) else of["sqlExpression"] for of in query["columns"]} <= columns
    assert {of["col"] for of in query["filters"]} <= columns
    assert {metric for metric in query["metrics"] if isinstance(metric, str)} <= metrics


def test_the_dashboard_shows_every_chart() -> None:
    shown = {
        part["meta"]["uuid"]
        for part in DASHBOARD["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    }
    assert shown == {chart["uuid"] for chart in CHARTS}


def test_the_export_names_no_login_and_no_server() -> None:
    (database,) = files("databases")
    assert database["sqlalchemy_uri"] == bundle.PLACEHOLDER
    assert "password" not in database
    assert database["allow_dml"] is False


@pytest.mark.parametrize(
    ("url", "masked", "password"),
    [
        ("postgresql+psycopg://ann:a%40b@db:5432/x", f"postgresql+psycopg2://ann:{MASK}@db:5432/x", "a@b"),
        ("postgres://ann@db/x?sslmode=require", "postgresql+psycopg2://ann@db/x?sslmode=require", None),
        ("postgresql://ann@/postgres?host=/run/ff", "postgresql+psycopg2://ann@/postgres?host=/run/ff", None),
    ],
)
def test_what_is_packed_has_the_address_and_no_password(url: str, masked: str, password: str | None) -> None:
    database = address(url)
    assert database == (masked, password)
    with zipfile.ZipFile(io.BytesIO(zipped(database))) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert yaml.safe_load(texts["footfall/databases/Footfall.yaml"])["sqlalchemy_uri"] == masked
    assert all(password not in text for text in texts.values() if password)
    assert database.whole == masked.replace(MASK, "a%40b")


@pytest.mark.parametrize("url", ["", "mysql://ann@db/x", "postgresql://db/x", "postgresql://ann:x@db:nine/x", "x"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(SupersetError, match="postgresql://LOGIN:PASSWORD@HOST:PORT/NAME"):
        address(url)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"errors": [{"message": "no such\\ndatabase", "level": "error"}]}', "no such database"),
        ('{"message": {"json": "no"}}', "{'json': 'no'}"),
        ('{"detail": "The token has expired.", "errors": {"token": []}}', "The token has expired."),
        ("<html>no\n such page</html>", "<html>no such page</html>"),
        ("[1]", "[1]"),
    ],
)
def test_a_refusal_is_told_in_one_line(answer: str, said: str) -> None:
    assert reason(answer) == said


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "deploy" / "superset" / "run"), *arguments]
    return subprocess.run(
        command, env={"PATH": "/usr/bin:/bin"} | environment, capture_output=True, text=True, check=False
    )


def test_who_names_no_database_is_told_what_to_set() -> None:
    done = run()
    assert done.returncode == 2
    assert "set BI_DATABASE_URL and STATS_TOKEN" in done.stderr


def test_a_footfall_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    given = {"BI_DATABASE_URL": "postgresql://ann:secret@db/x", "STATS_TOKEN": "fk_secret", "CHROMIUM": sys.executable}
    done = run("--api", f"http://127.0.0.1:{free_port()}", "--venv", str(tmp_path / "never"), **given)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "gave no answer: [Errno 111] Connection refused" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert not (tmp_path / "never").exists()
