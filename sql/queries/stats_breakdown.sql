-- Follows stats_scope.sql. Events and exact unique creators by: name, action, detail, source or type; most events first.
-- `parts` and `total` are of all values, also those beyond the limit.
, event_parts as (
      select case %(by)s when 'name'   then name
                         when 'action' then split_part(name, '__', 1)
                         when 'detail' then case when strpos(name, '__') > 0 then substr(name, strpos(name, '__') + 2) end
                         when 'source' then source
                         when 'type'   then receiver_type end as value,
             sum(events)::bigint as events
        from counts
    group by 1
),
creator_parts as (
      select value, count(*) as creators
        from (  select case %(by)s when 'name'   then name
                                   when 'action' then split_part(name, '__', 1)
                                   when 'detail' then case when strpos(name, '__') > 0
                                                           then substr(name, strpos(name, '__') + 2) end
                                   when 'source' then source
                                   when 'type'   then receiver_type end as value
                  from raw
              group by 1, creator) as visits
    group by value
),
parts as (
      select value, sum(events)::bigint as events, sum(creators)::bigint as creators
        from (select value, events, 0 as creators from event_parts
              union all
              select value, 0, creators from creator_parts) as part
    group by value
)
  select value, events, creators, count(*) over () as parts, (sum(events) over ())::bigint as total
    from parts
order by events desc, value collate "C" nulls last
   limit %(limit)s
