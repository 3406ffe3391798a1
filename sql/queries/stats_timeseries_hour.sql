-- Events of one receiver per UTC hour, gaps as zeros: receiver_type, receiver_id, name (null: all), from, to (half open),
-- and what the token allows: receivers (null: any), owner (null: any). No row at all: the token does not allow it.
-- Reads the hourly aggregate by receiver: about a millisecond, plus the raw rows since the last refresh.
with allowed as (
    select where (%(receivers)s::text[] is null
                  or %(receiver_type)s || ':' || %(receiver_id)s = any (%(receivers)s::text[]))
             and (%(owner)s::text is null
                  or exists (select from tracking.receivers
                              where receiver_type = %(receiver_type)s
                                and receiver_id   = %(receiver_id)s
                                and owner         = %(owner)s))
),
buckets as (
    select generate_series(date_trunc('hour', %(from)s::timestamptz, 'UTC'),
                           %(to)s::timestamptz - interval '1 microsecond', interval '1 hour') as start
),
counts as (
      select hour as start, sum(events)::bigint as events
        from tracking.event_counts_hourly
       where receiver_type = %(receiver_type)s
         and receiver_id   = %(receiver_id)s
         and (%(name)s::text is null or name = %(name)s)
         and hour >= date_trunc('hour', %(from)s::timestamptz, 'UTC')
         and hour <  %(to)s::timestamptz
    group by hour
)
select start, coalesce(events, 0) as events, null::bigint as creators
  from allowed
 cross join buckets
  left join counts using (start)
 order by start
