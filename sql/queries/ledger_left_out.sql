-- The number of events received since a moment that are left out of the balance: since. They are booked in lines whose
-- raw events may have been dropped. The second value is the moment before which these may be gone.
select coalesce(sum(events), 0)::bigint as events, nullif(tracking.dropped_until(), '-infinity') as dropped_until
  from tracking.ingest_ledger
 where received_at >= %(since)s
   and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
   and occurred_from < tracking.dropped_until()
