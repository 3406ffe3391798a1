-- The catalogue by name, as an endpoint and a file have it.
  select name,
         description,
         owner,
         status,
         extract(epoch from repeat_window)::float8 as repeat_window_seconds,
         across_sources,
         per_day,
         property_schema as schema,
         mode,
         reject_from as "from",
         updated_at
    from tracking.event_types
order by name
