-- Of a stretch of arrival, where stored events are not those that the ledger has booked, by source, name and verdict: since,
-- until (exclusive). No row: they agree.
-- The ledger says when they happened, so only those chunks are read: some seconds for ten million events.
with booked as (
      select source, name, verdict, sum(events)::bigint as events
        from tracking.ingest_ledger
       where received_at >= %(since)s
         and received_at < %(until)s
         and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
    group by source, name, verdict
),
period as (
    select min(occurred_from) as oldest, max(occurred_to) as newest
      from tracking.ingest_ledger
     where received_at >= %(since)s
       and received_at < %(until)s
       and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
),
stored as (
      select source, name, coalesce(excluded, 'accepted') as verdict, count(*) as events
        from tracking.events
       where received_at >= %(since)s
         and received_at < %(until)s
         and occurred_at between (select oldest from period) and (select newest from period)
    group by 1, 2, 3
)
select source, name, verdict, coalesce(booked.events, 0) as booked, coalesce(stored.events, 0) as stored
  from booked
  full join stored using (source, name, verdict)
 where booked.events is distinct from stored.events
