-- The repeat window of each catalogued name, in seconds.
select name, extract(epoch from coalesce(repeat_window, interval '0'))::float8 as seconds
  from tracking.event_types
