"""The jobs of provenance."""

from __future__ import annotations

from datetime import timedelta

from tracking.schedule import Every, Job, query

FORGET_PROOF_IDS = Job("forget proof ids", Every(timedelta(minutes=10)), query("proof_ids_forget"))
"""Deletes the ids of proofs that are too old to be accepted again."""

JOBS = (FORGET_PROOF_IDS,)
