-- What binds events, of each catalogued name: the repeat window in seconds, whether it holds across sources, the ceiling of
-- its action, and the mode of its property schema, which a digest tells apart from earlier ones. Some hundred rows.
select types.name,
       extract(epoch from types.repeat_window)::float8 as seconds,
       types.across_sources,
       types.per_day,
       types.schema_digest as digest,
       case when types.mode = 'reject' and types.reject_from > (now() at time zone reporting.timezone)::date
            then 'warn' else types.mode end as mode
  from tracking.event_types as types
 cross join (select value as timezone from tracking.deployment where key = 'reporting_timezone') as reporting
