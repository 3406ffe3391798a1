-- follows: stats_scope
-- The counted events of each bucket and source; and people of them, up to `most`, where people are counted. Buckets are
-- numbered from 1.
--   edges: the start of each bucket, ascending, and the end of the last; most: how many people are told
-- Counts: a millisecond per receiver and month. Raw rows: some 10 ms per 10,000 of them.
, told as (
    select width_bucket(start, %(edges)s::timestamptz[]) as bucket, source, events, null as creator
      from counts
     union all
    select width_bucket(occurred_at, %(edges)s::timestamptz[]), source, 1, creator
      from raw
),
visits as (
      select bucket, source, creator, sum(events) as events
        from told
    group by 1, 2, 3
)
  select bucket, source, sum(events)::bigint as events,
         (coalesce(array_agg(creator) filter (where creator is not null), '{}'))[1:%(most)s] as people
    from visits
group by 1, 2
