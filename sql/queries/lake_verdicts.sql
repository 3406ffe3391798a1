-- The events of a stretch of arrival by verdict, as the ledger has booked them: since, until (exclusive). Reads its lines
-- by their index.
  select verdict, sum(events)::bigint as events
    from tracking.ingest_ledger
   where received_at >= %(since)s
     and received_at < %(until)s
group by verdict
