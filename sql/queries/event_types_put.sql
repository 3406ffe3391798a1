-- Adds or replaces event types: a JSON array of {name, description, owner, status, repeat_window_seconds, across_sources,
-- per_day, schema, mode, from}, each name once.
insert into tracking.event_types (name, description, owner, status, repeat_window, across_sources, per_day,
                                  property_schema, schema_digest, mode, reject_from)
  select name, description, owner, status, make_interval(secs => repeat_window_seconds), across_sources, per_day,
         schema, md5(schema::text), mode, "from"
    from jsonb_to_recordset(%(event_types)s::jsonb)
         as (name text, description text, owner text, status text, repeat_window_seconds float8, across_sources boolean,
             per_day bigint, schema jsonb, mode text, "from" date)
order by name
on conflict (name) do update
       set description = excluded.description, owner = excluded.owner, status = excluded.status,
           repeat_window = excluded.repeat_window, across_sources = excluded.across_sources,
           per_day = excluded.per_day, property_schema = excluded.property_schema,
           schema_digest = excluded.schema_digest, mode = excluded.mode, reject_from = excluded.reject_from,
           updated_at = now()
