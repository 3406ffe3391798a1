"""The jobs that tell people what happened."""

from __future__ import annotations

from datetime import time, timedelta

from tracking.notifications import delivery, filling
from tracking.schedule import Daily, Every, Job, query

JOBS = (
    Job("fill notifications", Every(timedelta(minutes=1)), filling.fill),
    Job("send notifications", Every(timedelta(seconds=10)), delivery.send),
    Job("forget notifications", Daily(time(4)), query("notifications_forget")),
)
