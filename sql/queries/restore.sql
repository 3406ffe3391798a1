-- Puts a batch of rows back, with their lines of the ledger: batch (RestoredRow of tracking/ingest/rows.py), and the moment
-- of restore_begin.sql. Answers with the number of rows that were not there yet. See sql/functions/restore.sql.
select tracking.restore(%(batch)s::jsonb, %(remembered)s)
