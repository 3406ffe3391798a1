"""`decisions`: a restored database is as old as its backup, and what was taken away since then stays away."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from fixtures.logins import LIMITS
from tracking.bi import logins

SOURCES = """
    select name, version, (select array_agg(one order by one) from unnest(rights) as one), revoked_at, key_id, previous_key_id
      from tracking.sources order by name
"""
OPTOUTS = "select person, kind from tracking.notification_optouts order by 1, 2"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "decisions"


def test_what_was_taken_away_after_the_backup_is_taken_away_again(
    sql: Any, footfall: Any, file: Path, a_name: str, settings: Any
) -> None:
    for name in ("leaked", "rotated", "wide"):
        footfall("source", "add", name, "--right", "ingest", "--right", "export")
    footfall("source", "revoke", "leaked")
    footfall("source", "rotate", "rotated")
    footfall("source", "set", "wide", "--right", "ingest")
    sql(
        "insert into tracking.notification_optouts (person, kind) values ('creator:bob', 'daily'), ('owner:acme', 'weekly')"
    )
    footfall("decisions", "export", str(file))
    kept = sql(SOURCES)
    # as in a backup from before all that
    sql("update tracking.sources set revoked_at = null, version = 1, rights = '{export,ingest}', previous_until = null,"
        " previous_key_id = null where name in ('leaked', 'rotated', 'wide')")  # fmt: skip
    sql("delete from tracking.notification_optouts where person = 'creator:bob'")
    logins.grant(settings, a_name, LIMITS)

    said = json.loads(footfall("decisions", "apply", str(file), "--json").stdout)
    assert said | {"at": ""} == {
        "sources": ["leaked", "rotated", "wide"], "optouts": 1, "logins": [a_name], "lacking": [], "left": [], "at": "",
    }  # fmt: skip
    assert sql(SOURCES) == kept
    assert sql(OPTOUTS) == [("creator:bob", "daily"), ("owner:acme", "weekly")]
    assert sql("select from pg_roles where rolname = %s", a_name) == []

    again = json.loads(footfall("decisions", "apply", str(file), "--json").stdout)
    assert [again[name] for name in ("sources", "optouts", "logins")] == [[], 0, []]


def test_a_file_gives_nobody_anything(sql: Any, footfall: Any, file: Path, granted: Any) -> None:
    """Also not if it is older than the database: sources, rights, logins and versions that are here stay at the most as they are."""
    footfall("source", "add", "gone", "--right", "ingest", "--right", "export")
    footfall("source", "add", "narrowed", "--right", "ingest", "--right", "export")
    footfall("source", "add", "turned", "--right", "ingest", "--right", "export")
    footfall("source", "rotate", "turned")
    footfall("decisions", "export", str(file))
    sql("delete from tracking.sources where name = 'gone'")
    sql("update tracking.sources set version = 1, rights = '{ingest}' where name = 'turned'")
    footfall("source", "rotate", "narrowed", "--grace", "0")
    footfall("source", "set", "narrowed", "--right", "ingest")
    kept = sql(SOURCES)

    said = footfall("decisions", "apply", str(file)).stdout
    assert "not here, so their credentials are void (source add): gone" in said
    assert "logins removed: none" in said
    assert [row for row in sql(SOURCES) if row[0] != "turned"] == [row for row in kept if row[0] != "turned"]
    assert sql("select version, rights from tracking.sources where name = 'turned'") == [(2, ["ingest"])]


def test_it_goes_through_a_pipe(sql: Any, footfall: Any) -> None:
    footfall("source", "revoke", "web")
    written = footfall("decisions", "export", "-").stdout
    sql("update tracking.sources set revoked_at = null")
    assert "sources made narrower: web" in footfall("decisions", "apply", "-", stdin=written).stdout


def test_only_its_owner_may_read_the_file(footfall: Any, file: Path) -> None:
    footfall("decisions", "export", str(file))
    footfall("decisions", "export", str(file))  # replaces it
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: text.rindex('{"what":"end"')], "is not whole"),
        (lambda text: text[: len(text) // 2], "line 1 is none of decisions export"),
        (lambda text: text.replace('"lines":1', '"lines":2'), "is not whole"),
        (lambda _: "", "is not whole"),
        (lambda _: '{"what":"source","name":"web"}\n', "line 1 is none of decisions export"),
        (lambda _: "x" * 20_000, "line 1 is too long"),
    ],
    ids=["cut", "cut within a line", "a line is missing", "empty", "a field is missing", "no such file"],
)
def test_a_file_that_is_not_whole_changes_nothing(sql: Any, footfall: Any, file: Path, change: Any, said: str) -> None:
    footfall("source", "revoke", "web")
    footfall("decisions", "export", str(file))
    file.write_text(change(file.read_text()))
    sql("update tracking.sources set revoked_at = null")
    assert said in footfall("decisions", "apply", str(file), exits=1).stderr
    assert sql("select revoked_at from tracking.sources") == [(None,)]


def test_a_file_that_is_not_there_is_one_sentence(footfall: Any, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in footfall("decisions", "apply", str(tmp_path / "x"), exits=1).stderr
    assert "cannot be written: No such file" in footfall("decisions", "export", str(tmp_path / "x/y"), exits=1).stderr
