-- The ledger's lines of a stretch of arrival, in order: since, until (exclusive). Reads them by their index.
  select received_at, source, name, verdict, events, occurred_from, occurred_to
    from tracking.ingest_ledger
   where received_at >= %(since)s
     and received_at < %(until)s
order by received_at, source, name, verdict
