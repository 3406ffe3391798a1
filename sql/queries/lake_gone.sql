-- The events of a stretch of arrival whose raw rows may have been dropped, by source, name and verdict: since, until
-- (exclusive). No row: all are kept.
  select source, name, verdict, sum(events)::bigint as events
    from tracking.ingest_ledger
   where received_at >= %(since)s
     and received_at < %(until)s
     and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
     and occurred_from < tracking.dropped_until()
group by source, name, verdict
