"""The jobs of ingest."""

from __future__ import annotations

from datetime import timedelta

from tracking.schedule import Every, Job, query

FORGET_RECENT_ACTIONS = Job("forget recent actions", Every(timedelta(hours=1)), query("recent_actions_forget"))
"""The windows of the double-fire guard that no event can fall into any more."""

JOBS = (FORGET_RECENT_ACTIONS,)
