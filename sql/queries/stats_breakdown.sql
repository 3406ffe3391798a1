-- Follows stats_scope.sql. Events and exact unique creators by: name, action, detail, source or type; most events first.
-- `parts` and `total` are of all values, also those beyond the limit.
, told as (
      select case %(by)s when 'name'   then name
                         when 'action' then split_part(name, '__', 1)
                         when 'detail' then case when strpos(name, '__') > 0 then substr(name, strpos(name, '__') + 2) end
                         when 'source' then source
                         when 'type'   then receiver_type end as value,
             sum(events)::bigint as events, 0 as creators
        from counts
    group by 1
       union all
      select case %(by)s when 'name'   then name
                         when 'action' then split_part(name, '__', 1)
                         when 'detail' then case when strpos(name, '__') > 0 then substr(name, strpos(name, '__') + 2) end
                         when 'source' then source
                         when 'type'   then receiver_type end,
             count(*), 1
        from raw
    group by 1, creator
)
  select value, sum(events)::bigint as events, sum(creators)::bigint as creators, count(*) over () as parts,
         (sum(sum(events)) over ())::bigint as total
    from told
group by value
order by 2 desc, value collate "C" nulls last
   limit %(limit)s
