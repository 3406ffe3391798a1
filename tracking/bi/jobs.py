"""The jobs of what BI tools read: people are counted, and no reader stands in others' way."""

from __future__ import annotations

from datetime import time, timedelta

from tracking.bi import readers, visitors
from tracking.schedule import Daily, Every, Job, by_owner

JOBS = (
    Job("end long reads", Every(timedelta(seconds=30)), readers.end_long),
    Job("count visitors", Daily(time(2)), by_owner(visitors.count)),
)
"""Visitors after midnight: late events of the days before have come, and the counts are refreshed."""
