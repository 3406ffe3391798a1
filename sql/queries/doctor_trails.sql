-- The minutes since the moment to which the trails have everything (before the first run, since the first event), and the restored
-- events that wait for the next run. No row: there are no events.
select extract(epoch from now() - coalesce(until, first))::bigint / 60 as minutes, (select count(*) from tracking.trails_inbox) as inbox
  from tracking.trails_state
 cross join (select min(occurred_at) as first from tracking.events) as oldest
 where first is not null
