-- follows: stats_scope
-- Receivers with their titles, most events or most unique creators first. `listed` and `total` count all
-- matches, also those beyond the limit.
--   order: events or creators; limit: how many receivers
--   search: part of a title or an id, in upper or lower case; null: any
-- Counts: a millisecond per receiver and month. Raw rows: some 10 ms per 10,000 of them.
, told as (
      select receiver_type, receiver_id, sum(events)::bigint as events, 0 as creators from counts group by 1, 2
       union all
      select receiver_type, receiver_id, count(*), 1 from raw group by receiver_type, receiver_id, creator
),
found as (
      select receiver_type, receiver_id, sum(events)::bigint as events, sum(creators)::bigint as creators
        from told
    group by 1, 2
)
  select receiver_type, receiver_id, title, url, events, creators,
         count(*) over () as listed, (sum(events) over ())::bigint as total
    from found
    left join tracking.receivers using (receiver_type, receiver_id)
   where %(search)s::text is null
      or strpos(lower(receiver_id || ' ' || coalesce(title, '')), lower(%(search)s::text)) > 0
order by case %(order)s when 'creators' then creators else events end desc,
         receiver_type collate "C", receiver_id collate "C"
   limit %(limit)s
