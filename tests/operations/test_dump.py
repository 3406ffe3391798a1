"""docs/backup.md: a dump brings everything back, on another server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import event
from fixtures.clusters import Cluster, Page
from fixtures.processes import ROOT, environment, serving
from fixtures.served import until
from operations.conftest import BEGAN, Place, on
from operations.held import held, sound
from tracking.bi import logins

pytestmark = pytest.mark.native  # the embedded engine has no pg_dump

PAGE = Page("backup.md")
WRITES = "has_function_privilege('footfall_backup', 'tracking.ingest(jsonb, jsonb)', 'execute')"
VALID = "select name from tracking.sources where revoked_at is null"


def test_a_dump_brings_everything_back_but_what_was_taken_away_since(
    place: Place, clusters: Callable[..., Cluster], folders: Callable[[str], Path], tmp_path: Path
) -> None:
    backups = {"BACKUPS": str(folders("backups"))}
    PAGE.by_server("Before you begin", 0, place.cluster.environment | backups)
    known = event()
    assert place.send([known]) == ["accepted"]
    place.catch_up()
    before = held(place.settings)
    PAGE.by_server("Dump", 0, place.cluster.environment | backups)

    assert place.sql(f"select {WRITES}") == [(False,)], "exports would wait for the dump"
    lost = [event(name="click")]
    assert place.send(lost) == ["accepted"]
    place.sql("update tracking.sources set revoked_at = now() where name = 'leaked'")
    place.sql("insert into tracking.notification_optouts (person, kind) values ('creator:bob', 'daily')")
    logins.revoke(place.settings, "ann")
    PAGE.by_footfall("After a restore", 0, environment(place.settings), tmp_path)

    there = clusters("another")
    there.make()
    there.start()
    PAGE.by_server("Restore a dump", 0, there.environment | backups)
    restored = on(place, there)
    ours = environment(restored.settings)
    PAGE.by_footfall("Restore a dump", 1, ours, tmp_path)
    assert differing(before, held(restored.settings)) == {}
    sound(restored.settings, BEGAN)

    PAGE.by_footfall("After a restore", 1, ours, tmp_path)
    assert restored.sql(VALID) == [("web",)]
    assert restored.sql("select person from tracking.notification_optouts") == [("creator:bob",)]
    assert restored.sql("select login from tracking.bi_logins") == []
    PAGE.by_footfall("After a restore", 2, ours, tmp_path)
    assert restored.sql("select rule from tracking.notification_rules where paused_at is null") == []

    with serving(restored.settings, tmp_path / "log of the restored") as restored.server, scheduler(restored):
        PAGE.by_footfall("After a restore", 3, ours, tmp_path)
        assert restored.send([known]) == ["duplicate"]
        assert restored.send([event(name="click__save")]) == ["accepted"]
        assert restored.send(lost) == ["accepted"]
    restored.catch_up()
    sound(restored.settings, BEGAN)


@contextmanager
def scheduler(place: Place) -> Iterator[None]:
    """`python -m jobs`, once it leads."""
    command = [sys.executable, "-m", "jobs"]
    with subprocess.Popen(command, env=environment(place.settings), cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: place.sql("select 1 from tracking.leases where expires_at > now()"), 60)
            yield
        finally:
            process.terminate()


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """By name, what is only there before and only there afterwards."""
    assert before.keys() == after.keys()
    return {
        name: ([row for row in before[name] if row not in after[name]], [row for row in after[name] if row not in before[name]])
        for name in before
        if before[name] != after[name]
    }  # fmt: skip
