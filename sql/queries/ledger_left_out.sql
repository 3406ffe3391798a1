-- How many events that came in since a moment are left out of the balance, and why: since. They are booked in lines of
-- which raw events may have been dropped, before the moment that comes second.
select coalesce(sum(events), 0)::bigint as events, nullif(tracking.dropped_until(), '-infinity') as dropped_until
  from tracking.ingest_ledger
 where received_at >= %(since)s
   and verdict in ('accepted', 'repeat', 'bot', 'own')
   and occurred_from < tracking.dropped_until()
