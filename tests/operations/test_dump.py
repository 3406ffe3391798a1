"""docs/backup.md: a dump brings everything back, on another server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import event
from fixtures.clusters import Cluster, Page
from fixtures.processes import environment, serving
from operations.conftest import BEGAN, Place, on
from operations.held import held, sound

pytestmark = pytest.mark.native  # the embedded engine has no pg_dump

PAGE = Page("backup.md")


def test_a_dump_brings_everything_back(
    place: Place, clusters: Callable[..., Cluster], folders: Callable[[str], Path], tmp_path: Path
) -> None:
    backups = {"BACKUPS": str(folders("backups"))}
    PAGE.by_server("Before you begin", 0, place.cluster.environment | backups)
    known = event()
    assert place.send([known]) == ["accepted"]
    place.catch_up()
    before = held(place.settings)

    PAGE.by_server("Dump", 0, place.cluster.environment | backups)
    lost = [event(name="click")]
    assert place.send(lost) == ["accepted"]

    there = clusters("another")
    there.make()
    there.start()
    PAGE.by_server("Restore a dump", 0, there.environment | backups)
    restored = on(place, there)
    PAGE.by_footfall("Restore a dump", 1, environment(restored.settings), tmp_path)

    after = held(restored.settings)
    assert differing(before, after) == {}
    sound(restored.settings, BEGAN)
    with serving(restored.settings, tmp_path / "log of the restored") as restored.server:
        assert restored.send([known]) == ["duplicate"]
        assert restored.send([event(name="click__save")]) == ["accepted"]
        assert restored.send(lost) == ["accepted"]
    restored.catch_up()
    sound(restored.settings, BEGAN)


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """By name, what is only there before and only there afterwards."""
    assert before.keys() == after.keys()
    return {
        name: ([row for row in before[name] if row not in after[name]], [row for row in after[name] if row not in before[name]])
        for name in before
        if before[name] != after[name]
    }  # fmt: skip
