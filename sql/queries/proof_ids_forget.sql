-- Deletes the ids of proofs that are too old to be accepted again.
delete from tracking.proof_ids where expires_at < now()
