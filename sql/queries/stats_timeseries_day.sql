-- Events and exact unique creators of one receiver per day of the reporting timezone, gaps as zeros: parameters as in
-- stats_timeseries_hour, and timezone. Creators are given for one name only: those of several names do not add up.
-- Reads the daily aggregate by receiver: about a millisecond, plus the raw rows since the last refresh.
with allowed as (
    select where (%(receivers)s::text[] is null
                  or %(receiver_type)s || ':' || %(receiver_id)s = any (%(receivers)s::text[]))
             and (%(owner)s::text is null
                  or exists (select from tracking.receivers
                              where receiver_type = %(receiver_type)s
                                and receiver_id   = %(receiver_id)s
                                and owner         = %(owner)s))
),
buckets as (  -- steps of a local day, so that a day of 23 or 25 hours is one step too
    select local at time zone %(timezone)s as start
      from generate_series(date_trunc('day', %(from)s::timestamptz at time zone %(timezone)s),
                           (%(to)s::timestamptz - interval '1 microsecond') at time zone %(timezone)s,
                           interval '1 day') as local
),
counts as (
      select day as start,
             sum(events)::bigint as events,
             case when %(name)s::text is not null then sum(creators)::bigint end as creators
        from tracking.event_counts_daily
       where receiver_type = %(receiver_type)s
         and receiver_id   = %(receiver_id)s
         and (%(name)s::text is null or name = %(name)s)
         and day >= date_trunc('day', %(from)s::timestamptz at time zone %(timezone)s) at time zone %(timezone)s
         and day <  %(to)s::timestamptz
    group by day
)
select start,
       coalesce(events, 0) as events,
       case when %(name)s::text is not null then coalesce(creators, 0) end as creators
  from allowed
 cross join buckets
  left join counts using (start)
 order by start
