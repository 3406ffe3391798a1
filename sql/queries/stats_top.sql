-- Follows stats_scope.sql. Receivers with their titles, most events or most unique creators first (order: events, creators);
-- search: part of a title or an id, in any case. `listed` and `total` are of all that match, also beyond the limit.
, event_counts as (
      select receiver_type, receiver_id, sum(events)::bigint as events
        from counts
    group by 1, 2
),
creator_counts as (
      select receiver_type, receiver_id, count(*) as creators
        from (select receiver_type, receiver_id from raw group by receiver_type, receiver_id, creator) as visits
    group by 1, 2
)
  select receiver_type, receiver_id, title, url, coalesce(events, 0) as events, coalesce(creators, 0) as creators,
         count(*) over () as listed, (sum(events) over ())::bigint as total
    from event_counts
    full join creator_counts using (receiver_type, receiver_id)
    left join tracking.receivers using (receiver_type, receiver_id)
   where %(search)s::text is null
      or strpos(lower(receiver_id || ' ' || coalesce(title, '')), lower(%(search)s::text)) > 0
order by case %(order)s when 'creators' then coalesce(creators, 0) else coalesce(events, 0) end desc,
         receiver_type collate "C", receiver_id collate "C"
   limit %(limit)s
