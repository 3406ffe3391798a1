-- Counted receivers with their titles, in the order of stats_top.sql; `listed` and `total` are of all that match.
--   found_types, found_ids, found_events, found_creators: of each receiver; order, search, limit: as there
  select receiver_type, receiver_id, title, url, events, creators,
         count(*) over () as listed, (sum(events) over ())::bigint as total
    from unnest(%(found_types)s::text[], %(found_ids)s::text[], %(found_events)s::bigint[], %(found_creators)s::bigint[])
         as found (receiver_type, receiver_id, events, creators)
    left join tracking.receivers using (receiver_type, receiver_id)
   where %(search)s::text is null
      or strpos(lower(receiver_id || ' ' || coalesce(title, '')), lower(%(search)s::text)) > 0
order by case %(order)s when 'creators' then creators else events end desc,
         receiver_type collate "C", receiver_id collate "C"
   limit %(limit)s
