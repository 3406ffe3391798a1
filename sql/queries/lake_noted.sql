-- The days that are noted as being in the lake, in order.
  select day, events, ledger_events, missing, snapshot, written_at from tracking.lake_days order by day
