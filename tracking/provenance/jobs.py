"""What provenance does again and again."""

from __future__ import annotations

from datetime import timedelta

from tracking.schedule import Every, Job, query

FORGET_PROOF_IDS = Job("forget proof ids", Every(timedelta(minutes=10)), query("proof_ids_forget"))
"""Those of proofs that are too old to be taken again."""

JOBS = (FORGET_PROOF_IDS,)
