-- The differences between ledger and events since a moment, by source, name and verdict: since. No row: they balance.
-- The ledger says in which period the events happened, so only those chunks are read. Lines with events whose raw
-- rows may have been dropped are left out, and so are their remaining events: a line and its events were received at one
-- moment, the moment of their transaction.
with lines as (
    select received_at, source, name, verdict, events, occurred_from, occurred_to,
           coalesce(occurred_from < tracking.dropped_until(), false) as is_gone
      from tracking.ingest_ledger
     where received_at >= %(since)s
       and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
),
booked as (
      select source, name, verdict, sum(events)::bigint as events
        from lines
       where not is_gone
    group by source, name, verdict
),
period as (
    select min(occurred_from) as oldest, max(occurred_to) as newest from lines where not is_gone
),
stored as (
      select source, name, coalesce(excluded, 'accepted') as verdict, count(*) as events
        from tracking.events
       where received_at >= %(since)s
         and occurred_at between (select oldest from period) and (select newest from period)
         and (received_at, source, name, coalesce(excluded, 'accepted'))
             not in (select received_at, source, name, verdict from lines where is_gone)
    group by 1, 2, 3
)
select source, name, verdict, coalesce(booked.events, 0) as booked, coalesce(stored.events, 0) as stored
  from booked
  full join stored using (source, name, verdict)
 where booked.events is distinct from stored.events
order by source, name, verdict
