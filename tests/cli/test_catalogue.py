"""`catalogue`: the tracking plan goes out as a file and comes in again, and a review sees what breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import event

PLAN = """\
event_types:
  - name: "*"
    repeat_window_seconds: 1
    per_day: 100
  - name: click__saveJob
    description: the bookmark of a job was clicked
    mode: warn
    schema:
      required: [page]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    return file


def test_what_is_imported_is_exported_as_it_was(footfall: Any, plan: Path) -> None:
    said = footfall("catalogue", "import", str(plan)).output
    assert said == "change  *: is new\nchange  click__saveJob: is new\n"
    out = footfall("catalogue", "export").output
    assert out.partition("\n")[2] == PLAN
    assert footfall("catalogue", "import", "-", stdin=out).output == "nothing changes\n"


def test_what_is_not_in_the_file_stays_unless_it_is_said(footfall: Any, plan: Path, sql: Any) -> None:
    sql("insert into tracking.event_types (name) values ('old')")
    assert "not in " in (said := footfall("catalogue", "import", str(plan)).output)
    assert said.endswith("and left as they are: old; --remove takes them out\n")
    assert "breaks  old: is removed" in footfall("catalogue", "import", str(plan), "--remove").output
    assert sql("select name from tracking.event_types order by 1") == [("*",), ("click__saveJob",)]


def test_a_file_with_a_fault_changes_nothing(footfall: Any, plan: Path, sql: Any) -> None:
    plan.write_text(PLAN + "  - name: view\n    colour: red\n")
    said = footfall("catalogue", "import", str(plan), exits=1).output
    assert said == f"Error: {plan}: event_types: 3 (view): colour: Unknown field.\n"
    assert sql("select from tracking.event_types") == []
    assert "No such file" in footfall("catalogue", "import", "nowhere.yaml", exits=1).output


def test_a_review_fails_on_what_breaks(footfall: Any, plan: Path, tmp_path: Path) -> None:
    """Against the file as it was it needs no database."""
    new = tmp_path / "new.yaml"
    new.write_text(PLAN.replace("warn", "reject").replace("[page]", "[page, price]"))
    nowhere = {"DATABASE_URL": "postgresql://nowhere.invalid/none"}
    said = footfall("catalogue", "diff", str(new), "--against", str(plan), exits=1, **nowhere).output
    assert said == (
        "breaks  click__saveJob: mode is reject, was warn\n"
        "breaks  click__saveJob: properties/price: is required now\n"
    )  # fmt: skip
    new.write_text(PLAN.replace("[page]", "[]"))
    said = footfall("catalogue", "diff", str(new), "--against", str(plan), **nowhere).output
    assert said == "change  click__saveJob: schema takes all that it took before\n"
    assert "export interface" in footfall("catalogue", "types", "--language", "typescript", str(plan), **nowhere).output
    assert "TypedDict" in footfall("catalogue", "types", "--language", "python", str(plan), **nowhere).output


def test_a_file_is_compared_with_the_database(footfall: Any, plan: Path) -> None:
    footfall("catalogue", "import", str(plan))
    assert footfall("catalogue", "diff", str(plan)).output == "nothing changes\n"
    plan.write_text(PLAN.replace("click__saveJob", "click__save"))
    changes = json.loads(footfall("catalogue", "diff", str(plan), "--json", exits=1).output)
    assert [(change["name"], change["breaks"]) for change in changes] == [
        ("click__save", False),
        ("click__saveJob", True),
    ]
    assert '"click__saveJob"' in footfall("catalogue", "types", "--language", "typescript").output


def test_the_list_says_what_came_in(footfall: Any, plan: Path, app: Any, verdicts: Any) -> None:
    footfall("catalogue", "import", str(plan))
    app.extensions["footfall"].intake.windows.snapshot.expire()
    verdicts(event(name="click__saveJob"), event(name="seen"))
    said = footfall("catalogue", "list").output
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines()}
    assert rows["click__saveJob"][:6] == ["warn", "-", "1", "1", "0.0%", "0.0%"]
    assert rows["seen"][:2] == ["unknown", "-"]
    assert "click__saveJob: properties/page: missing (1 events)" in said
    assert json.loads(footfall("catalogue", "list", "--json").output)["unknown_names"][0]["name"] == "seen"
