"""The jobs of the lake. Where LAKE_URL is unset they do nothing, and need none of the lake's packages."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from tracking.lake.errors import check_packages
from tracking.schedule import Daily, Every, Job

if TYPE_CHECKING:
    from tracking.settings import Settings


def write(settings: Settings) -> int | None:
    """Writes the days that are over and not in the lake; returns the number of events. Raises `LakeError`."""
    if settings.lake_url is None:
        return None
    check_packages()
    from tracking.lake import running

    return sum(written.events for written in running.write_due(settings))


def expire(settings: Settings) -> int | None:
    """Expires old snapshots and removes files that none names; returns the number of files."""
    if settings.lake_url is None:
        return None
    check_packages()
    from tracking.lake import expiry

    return expiry.expire(settings).files


JOBS = (
    Job("write the lake", Every(timedelta(hours=1)), write),
    Job("expire the lake", Daily(time(5)), expire),
)
