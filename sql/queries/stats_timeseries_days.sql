-- Follows stats_scope.sql. The exact unique creators of one receiver and one name by day of the reporting timezone,
-- as the daily aggregate keeps them, also where the raw rows are gone: a millisecond.
  select width_bucket(day, %(edges)s::timestamptz[]) as bucket, sum(creators)::bigint as creators
    from days
group by 1
