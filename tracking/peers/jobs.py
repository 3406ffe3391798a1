"""The nightly job of comparisons: after midnight, when the day's last events are written."""

from __future__ import annotations

from datetime import time

from tracking.peers import nightly
from tracking.schedule import Daily, Job

JOBS = (Job("compare receivers", Daily(time(3)), nightly.run),)
