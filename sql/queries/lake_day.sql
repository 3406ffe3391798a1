-- The stored events of a stretch of arrival, as the ledger has booked them: since, until (exclusive). Reads its lines by
-- their index.
select coalesce(sum(events), 0)::bigint
  from tracking.ingest_ledger
 where received_at >= %(since)s
   and received_at < %(until)s
   and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
