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


def test_an_empty_plan_goes_out_and_comes_in(footfall: Any, tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text(footfall("catalogue", "export").output)
    assert footfall("catalogue", "import", str(file)).output == "nothing changes\n"
    assert footfall("catalogue", "diff", str(file)).output == "nothing changes\n"


HOSTILE = "\x1b[2J\x1b]0;pwned"


def test_nothing_that_was_sent_commands_the_terminal(footfall: Any, tmp_path: Path, app: Any, verdicts: Any) -> None:
    """Neither what a client sent, nor what a file has."""
    file = tmp_path / "plan.yaml"
    plan = {"name": "view", "schema": {"properties": {HOSTILE: {}}, "additionalProperties": False}}
    file.write_text(json.dumps({"event_types": [plan]}))
    footfall("catalogue", "import", str(file))
    app.extensions["footfall"].intake.windows.snapshot.expire()
    verdicts(event(properties={f"{HOSTILE}!": 1}), event(**{HOSTILE: 1}))
    said = [footfall(*command.split()).output for command in (
        "catalogue list", "catalogue export", "catalogue types --language python", "catalogue types --language typescript",
        "rejected list", "ledger", "source list", "notification list",
    )]  # fmt: skip
    assert "pwned" in said[0]
    assert "pwned" in said[4]
    file.write_text(json.dumps({"event_types": [plan | {"schema": {"additionalProperties": False}, "mode": "reject"}]}))
    said.append(footfall("catalogue", "diff", str(file), exits=1).output)
    assert "pwned" in said[-1]
    file.write_text(json.dumps({"event_types": [{HOSTILE: 1}, {"name": "view", "schema": {HOSTILE: 1}}]}))
    said.append(footfall("catalogue", "import", str(file), exits=1).output)
    assert "pwned" in said[-1]
    assert [one for one in said if "\x1b" in one] == []


def test_an_entry_has_five_faults_and_says_how_many_more(
    footfall: Any, app: Any, tmp_path: Path, verdicts: Any
) -> None:
    file = tmp_path / "plan.yaml"
    schema = {"required": ["page"]}
    file.write_text(
        json.dumps({"event_types": [{"name": "zz__*", "schema": schema}, {"name": "zz__0", "schema": schema}]})
    )
    footfall("catalogue", "import", str(file))
    app.extensions["footfall"].intake.windows.snapshot.expire()
    verdicts(*(event(name=f"zz__{number}") for number in range(20)))
    own, others = sorted((entry["seen"] for entry in json.loads(footfall("catalogue", "list", "--json").output)["event_types"]),
                         key=lambda seen: len(seen["faults"]))  # fmt: skip
    assert (len(own["faults"]), own["faults_left_out"]) == (1, 0)
    assert (len(others["faults"]), others["faults_left_out"]) == (5, 14)
    assert "zz__*: 14 more kinds of faults" in footfall("catalogue", "list").output
    verdicts(*(event(name=f"other{number}") for number in range(103)))
    report = json.loads(footfall("catalogue", "list", "--json").output)
    assert (len(report["unknown_names"]), report["unknown_names_left_out"]) == (100, 3)
