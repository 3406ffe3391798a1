-- How many events arrived between two moments, the second exclusive, whatever became of them: since, until.
-- Reads the ledger's lines between them.
select coalesce(sum(events), 0)::bigint
  from tracking.ingest_ledger
 where received_at >= %(since)s
   and received_at < %(until)s
