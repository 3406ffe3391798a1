-- Follows stats_scope.sql. Events and exact unique creators of each bucket, numbered from 1, and as bucket 0 of the whole
-- period; buckets without events are left out. edges: the start of each bucket, ascending, and the last one's end.
-- Counts: a millisecond per receiver and month. Uniques read the raw rows: some 10 ms per 10,000 of them.
, event_buckets as (
      select coalesce(width_bucket(start, %(edges)s::timestamptz[]), 0) as bucket, sum(events)::bigint as events
        from counts
    group by grouping sets ((width_bucket(start, %(edges)s::timestamptz[])), ())
),
visits as (  -- a hash of pairs is much cheaper than count(distinct), which sorts
      select width_bucket(occurred_at, %(edges)s::timestamptz[]) as bucket, creator
        from raw
    group by 1, 2
),
creator_buckets as (
      select bucket, count(*) as creators from visits group by bucket
       union all
      select 0, count(*) from (select from visits group by creator) as everyone
)
  select bucket, coalesce(events, 0) as events, coalesce(creators, 0) as creators
    from event_buckets
    full join creator_buckets using (bucket)
order by bucket
