-- Follows stats_scope.sql. Events of the whole period, and exact unique creators of what the raw rows tell.
-- Counts: a millisecond per receiver and month. Raw rows: some 7 ms per 10,000 of them.
select (select coalesce(sum(events), 0)::bigint from counts) + coalesce(sum(events), 0)::bigint as events,
       count(*) as creators
  from (select count(*) as events from raw group by creator) as everyone
