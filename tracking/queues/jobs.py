"""The jobs of the queue."""

from __future__ import annotations

from datetime import timedelta

from tracking.schedule import Every, Job, query

FORGET_MESSAGES = Job("forget queue messages", Every(timedelta(minutes=10)), query("queue_forget"))
"""Deletes the ids of messages that were written long ago."""

JOBS = (FORGET_MESSAGES,)
