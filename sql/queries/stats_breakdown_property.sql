-- follows: stats_scope
-- Events and exact unique creators by the value of one property, as text; null where an event has none.
--   property: its key; limit: how many values, most events first
-- Reads the properties of all raw rows, so whoever asks bounds the period. 15 ms per 10,000 rows of one receiver,
-- 130 ms where they are of many receivers and lie apart.
  select value, sum(events)::bigint as events, count(*) as creators, count(*) over () as parts,
         (sum(sum(events)) over ())::bigint as total
    from (  select properties ->> %(property)s::text as value, creator, count(*) as events
              from raw
          group by 1, 2) as visits
group by value
order by 2 desc, value collate "C" nulls last
   limit %(limit)s
