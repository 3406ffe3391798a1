"""The jobs that keep readers from standing in others' way."""

from __future__ import annotations

from datetime import timedelta

from tracking.bi import readers
from tracking.schedule import Every, Job

JOBS = (Job("end long reads", Every(timedelta(seconds=30)), readers.end_long),)
