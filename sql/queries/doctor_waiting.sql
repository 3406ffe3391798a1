-- How many stretches of time of each aggregate were changed after they were counted, and wait for the next refresh.
  select user_view_name,
         (select count(*)
            from tracking.waiting('-infinity', now()) as waiting
           cross join lateral unnest(changed) as part
           where waiting.aggregate = user_view_name
             and lower(part) < watermark)
    from _timescaledb_catalog.continuous_agg
   where user_view_schema = 'tracking'
order by 1
