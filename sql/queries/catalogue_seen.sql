-- What came in of each entry of the catalogue, and of names that it does not have: days, unknown, the most of these.
-- From the ledger of so many days; when an entry was last counted before that, in the last 400 days, from the daily counts.
-- Cost: all lines of these days, a second for some ten million.
with seen as (
      select name,
             sum(events)::bigint as received,
             coalesce(sum(events) filter (where verdict = 'accepted'), 0)::bigint as accepted,
             coalesce(sum(events) filter (where verdict = 'repeat'),   0)::bigint as repeat,
             coalesce(sum(events) filter (where verdict = 'rejected'), 0)::bigint as rejected,
             max(received_at) as last_seen
        from tracking.ingest_ledger
       where received_at >= now() - make_interval(days => %(days)s)
         and name <> ''
    group by name
),
before as (
      select name, 0::bigint as received, 0::bigint as accepted, 0::bigint as repeat, 0::bigint as rejected,
             max(day) as last_seen
        from tracking.activity_daily
       where day >= now() - interval '400 days'
         and day < now() - make_interval(days => %(days)s)
    group by name
),
ranked as (
      select coalesce(own.name, of_action.name, found.name) as name,
             own.name is not null or of_action.name is not null as is_known,
             sum(received)::bigint as received,
             sum(accepted)::bigint as accepted,
             sum(repeat)::bigint as repeat,
             sum(rejected)::bigint as rejected,
             max(last_seen) as last_seen,
             row_number() over (partition by own.name is not null or of_action.name is not null
                                    order by sum(received) desc, coalesce(own.name, of_action.name, found.name)) as place,
             sum((sum(received) > 0)::int)
               over (partition by own.name is not null or of_action.name is not null) as names
        from (select * from seen union all select * from before) as found
        left join tracking.event_types as own
               on own.name = found.name
        left join tracking.event_types as of_action
               on own.name is null
              and found.name like '%%\_\_%%'
              and of_action.name = split_part(found.name, '__', 1) || '__*'
    group by 1, 2
)
  select name, is_known, received, accepted, repeat, rejected, last_seen, names
    from ranked
   where is_known or place <= %(unknown)s and received > 0
order by received desc, name
