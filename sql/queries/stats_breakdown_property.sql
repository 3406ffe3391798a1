-- Follows stats_scope.sql. Events and exact unique creators by the value of one property, as text; null where an event
-- has none. From the raw rows, so the period is bounded.
  select value, sum(events)::bigint as events, count(*) as creators, count(*) over () as parts,
         (sum(sum(events)) over ())::bigint as total
    from (  select properties ->> %(property)s::text as value, creator, count(*) as events
              from raw
          group by 1, 2) as visits
group by value
order by 2 desc, value collate "C" nulls last
   limit %(limit)s
