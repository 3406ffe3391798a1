-- Follows stats_scope.sql. Events and exact unique creators of the whole period.
-- Counts: a millisecond per receiver and month. Uniques read the raw rows: some 7 ms per 10,000 of them.
select (select coalesce(sum(events), 0)::bigint from counts) as events,
       (select count(*) from (select from raw group by creator) as everyone) as creators
