-- What there is to tell of a day, week or month, from the daily counts alone: a page of the owners of receivers of a type, by owner.
-- `parts` are the receivers with the highest values, `receivers` is how many have one.
--   type; names: patterns of LIKE; since, until: the days; parts: how many; after: the last owner of the page before; page
-- Reads the counts of these days for each page: 2 s a week for 100,000 receivers.
with counted as (
      select owner, receiver_id, title, url, sum(events)::bigint as value
        from tracking.event_counts_daily
        join tracking.receivers using (receiver_type, receiver_id)
       where day >= %(since)s::timestamptz
         and day <  %(until)s::timestamptz
         and receiver_type = %(type)s
         and name like any (%(names)s)
         and owner collate "C" > %(after)s
    group by owner, receiver_id, title, url
),
ranked as (
    select *, row_number() over (partition by owner order by value desc, receiver_id collate "C") as place
      from counted
)
  select owner as id, sum(value)::bigint as value, count(*) as receivers,
         jsonb_agg(jsonb_build_array(receiver_id, title, url, value) order by place)
             filter (where place <= %(parts)s) as parts
    from ranked
group by owner
order by owner collate "C"
   limit %(page)s
