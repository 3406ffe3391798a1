-- The events received since a moment, by source, name and verdict: since.
  select source,
         name,
         sum(events)::bigint as received,
         coalesce(sum(events) filter (where verdict = 'accepted'),  0)::bigint as accepted,
         coalesce(sum(events) filter (where verdict = 'repeat'),    0)::bigint as repeat,
         coalesce(sum(events) filter (where verdict = 'bot'),       0)::bigint as bot,
         coalesce(sum(events) filter (where verdict = 'own'),       0)::bigint as own,
         coalesce(sum(events) filter (where verdict = 'prefetch'),  0)::bigint as prefetch,
         coalesce(sum(events) filter (where verdict = 'duplicate'), 0)::bigint as duplicate,
         coalesce(sum(events) filter (where verdict = 'conflict'),  0)::bigint as conflict,
         coalesce(sum(events) filter (where verdict = 'rejected'),  0)::bigint as rejected
    from tracking.ingest_ledger
   where received_at >= %(since)s
group by source, name
order by received desc, source, name
