-- The repeat window of each catalogued name in seconds, whether it holds across sources, and the ceiling of its action.
select name,
       extract(epoch from coalesce(repeat_window, interval '0'))::float8 as seconds,
       across_sources,
       per_day
  from tracking.event_types
