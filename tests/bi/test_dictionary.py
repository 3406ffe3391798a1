"""What the schema says of itself is written in docs and for dbt; no view and no column goes without a word."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from fixtures.processes import environment
from tracking import db
from tracking.bi import dictionary
from tracking.cli.bi_dictionary import dictionary as command

ROOT = Path(__file__).resolve().parent.parent.parent
DBT = ROOT / ".venv-dbt/bin/dbt"
HOW = "write it anew: python -m tracking bi dictionary"


@pytest.fixture
def relations(settings: Any, engine: Any) -> list[dictionary.Relation]:
    return dictionary.read(db.owner_url(settings))


def test_no_view_and_no_column_goes_without_a_word(relations: list[dictionary.Relation]) -> None:
    assert len(relations) >= 14
    assert [relation.name for relation in relations if not relation.says] == []
    assert [
        (relation.name, column.name) for relation in relations for column in relation.columns if not column.says
    ] == []


def test_a_missing_comment_is_found(settings: Any, sql: Any) -> None:
    """The test above fails where one is missing."""
    ((said,),) = sql("select col_description('analytics.dim_event'::regclass, 1)")
    sql("comment on column analytics.dim_event.event_name is null")
    try:
        found = dictionary.read(db.owner_url(settings))
        assert [column.name for one in found for column in one.columns if not column.says] == ["event_name"]
    finally:
        sql(f"comment on column analytics.dim_event.event_name is '{said}'")


def test_the_page_is_what_the_database_says(relations: list[dictionary.Relation]) -> None:
    page = (ROOT / "docs/data-dictionary.md").read_text()
    assert page == "\n".join(dictionary.markdown(relations)).rstrip("\n") + "\n", HOW


def test_the_sources_of_dbt_are_what_the_database_says(relations: list[dictionary.Relation]) -> None:
    sources = (ROOT / "deploy/dbt/models/sources.yml").read_text()
    assert sources == "\n".join(dictionary.dbt(relations)) + "\n", f"{HOW} --format dbt"
    ((tables,),) = [[source["tables"]] for source in yaml.safe_load(sources)["sources"]]
    found = [(table["name"], table["description"], [column["name"] for column in table["columns"]]) for table in tables]
    assert found == [(one.name, one.says, [column.name for column in one.columns]) for one in relations]


def test_what_can_only_be_misread_when_added_up_says_so(relations: list[dictionary.Relation]) -> None:
    """Its name, and its text."""
    unique = [column for one in relations for column in one.columns if "unique" in column.name]
    assert len(unique) >= 4
    assert all(column.name.startswith("unique_") and "_of_" in column.name for column in unique)
    assert all("Never add them up" in column.says for column in unique)


def test_no_column_is_a_document_or_a_bare_uuid(relations: list[dictionary.Relation]) -> None:
    kinds = {column.type for one in relations for column in one.columns}
    assert kinds <= {"text", "date", "timestamp with time zone", "integer", "bigint", "numeric", "boolean"}


@pytest.mark.skipif(not DBT.exists(), reason="dbt is not installed: make test does it")
def test_dbt_reads_the_project(tmp_path: Path, settings: Any) -> None:
    """All of it, in an environment of its own; a warning fails it."""
    project = ROOT / "deploy/dbt"
    done = subprocess.run(
        [DBT, "--warn-error", "--no-version-check", "parse", "--project-dir", project, "--profiles-dir", project,
         "--target-path", tmp_path / "target", "--log-path", tmp_path / "log"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = (tmp_path / "target/manifest.json").read_text()
    assert "source.footfall.footfall.fact_daily" in manifest


def test_the_command_prints_both(settings: Any, engine: Any) -> None:
    for form, file in (("markdown", "docs/data-dictionary.md"), ("dbt", "deploy/dbt/models/sources.yml")):
        done = CliRunner().invoke(command, ["--format", form], env=environment(settings))
        assert done.exit_code == 0, done.output
        assert done.output == (ROOT / file).read_text()
