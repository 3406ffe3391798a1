-- Where ledger and events disagree since a moment, by source, name and verdict: since. No row: they balance.
-- The ledger says in which period the events happened, so only those chunks are read.
with booked as (
      select source, name, verdict, sum(events)::bigint as events,
             min(occurred_from) as occurred_from, max(occurred_to) as occurred_to
        from tracking.ingest_ledger
       where received_at >= %(since)s
         and verdict in ('accepted', 'repeat', 'bot', 'own')
    group by source, name, verdict
),
period as (
    select min(occurred_from) as oldest, max(occurred_to) as newest from booked
),
stored as (
      select source, name, coalesce(excluded, 'accepted') as verdict, count(*) as events
        from tracking.events
       where received_at >= %(since)s
         and occurred_at between (select oldest from period) and (select newest from period)
    group by 1, 2, 3
)
select source, name, verdict, coalesce(booked.events, 0) as booked, coalesce(stored.events, 0) as stored
  from booked
  full join stored using (source, name, verdict)
 where booked.events is distinct from stored.events
order by source, name, verdict
