"""The jobs that find broken trackers and tell of them."""

from __future__ import annotations

from datetime import time, timedelta

from tracking.alarms import targets, watching
from tracking.schedule import Daily, Every, Job, query

JOBS = (
    Job("watch trackers", Every(timedelta(minutes=1)), watching.watch),
    Job("send alerts", Every(timedelta(seconds=20)), targets.send),
    Job("forget arrivals", Daily(time(4, 15)), query("arrivals_forget")),
)
