"""docs/backup.md: back to a moment before a mistake, and what came after it comes back, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from fixtures.cast import event
from fixtures.clusters import Cluster, Page
from fixtures.processes import environment, serving
from operations.conftest import BEGAN, Place, on
from operations.held import sound

pytestmark = pytest.mark.native  # the embedded engine writes no archive

PAGE = Page("backup.md")


def test_a_mistake_is_undone_and_what_came_after_it_counts_once(
    place: Place, clusters: Callable[..., Cluster], folders: Callable[[str], Path], tmp_path: Path
) -> None:
    backups = {"BACKUPS": str(folders("backups"))}
    PAGE.by_server("Before you begin", 0, place.cluster.environment | backups)
    PAGE.by_server("Archive", 0, place.cluster.environment | backups)
    first = [event(receiver="story:1")]
    assert place.send(first) == ["accepted"]  # the connections that the restart broke are made again
    PAGE.by_server("Archive", 1, place.cluster.environment | backups)

    second = [event(receiver="story:2"), event(receiver="story:2")]
    assert place.send(second) == ["accepted", "repeat"]
    place.catch_up()
    moment = place.sql("select clock_timestamp()")[0][0].astimezone(UTC)
    third = [event(receiver="story:3"), event(name="?")]
    assert place.send(third) == ["accepted", "rejected"]
    before = counted(place)
    assert (
        place.sql("delete from tracking.events where occurred_at < now() - interval '10 days' returning 1")
        == [(1,)] * 3
    )
    place.sql("delete from tracking.sources where name = 'old'")
    PAGE.by_server("Back to a moment", 0, place.cluster.environment | backups)

    there = clusters("restored")
    given = {"MOMENT": f"{moment:%Y-%m-%d %H:%M:%S.%f+00}", "RESTORED": str(there.folder)}
    PAGE.by_server("Back to a moment", 1, there.environment | backups | given)
    restored = on(place, there)
    assert restored.sql("select name, revoked_at is null from tracking.sources order by 1") == [
        ("leaked", True),
        ("old", False),
        ("web", True),
    ]
    sound(restored.settings, BEGAN)
    assert restored.sql("select count(*) from tracking.events where receiver_type = 'story' and receiver_id = '3'") == [
        (0,)
    ]

    since = moment - timedelta(minutes=1)
    given = {"SINCE": f"{since:%Y-%m-%dT%H:%M:%SZ}", "DAMAGED_URL": place.settings.database_url}
    PAGE.by_footfall("Back to a moment", 2, environment(restored.settings, **given), tmp_path)
    sound(restored.settings, BEGAN)
    assert counted(restored) == before

    with serving(restored.settings, tmp_path / "log of the restored") as restored.server:
        assert restored.send(first + second + third[:1]) == ["duplicate"] * 4
        assert restored.send([event(receiver="story:4")]) == ["accepted"]
    restored.catch_up()
    sound(restored.settings, BEGAN)


def counted(place: Place) -> list[tuple]:
    """Events and people of each receiver and name."""
    return place.sql(
        "select receiver_type, receiver_id, name, sum(events)::int, sum(creators)::int from tracking.event_counts_daily group by 1, 2, 3 order by 1, 2, 3"
    )
