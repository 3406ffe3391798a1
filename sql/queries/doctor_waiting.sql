-- The number of time ranges of each aggregate that changed after they were counted, and wait for the next refresh.
  select name,
         (select count(*)
            from tracking.waiting('-infinity', now()) as waiting
           cross join lateral unnest(changed) as part
           where waiting.aggregate = name
             and lower(part) < waiting.watermark)
    from tracking.aggregates
order by 1
