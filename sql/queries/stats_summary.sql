-- follows: stats_scope
-- The events of the whole period, and the exact unique creators of the raw rows. No parameters beside the scope's.
-- Counts: a millisecond per receiver and month. Raw rows: some 7 ms per 10,000 of them.
select (select coalesce(sum(events), 0)::bigint from counts) + coalesce(sum(events), 0)::bigint as events,
       count(*) as creators
  from (select count(*) as events from raw group by creator) as everyone
