-- How many stretches of time of each aggregate were changed after they were counted, and wait for the next refresh.
  select aggregate,
         (select count(*)
            from unnest(changed) as part
           where lower(part) < watermark)
    from tracking.waiting('-infinity', now())
order by 1
