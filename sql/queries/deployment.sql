-- What was decided for this database, and before when raw events may be gone (null: none is).
select max(value) filter (where key = 'reporting_timezone')        as timezone,
       max(value) filter (where key = 'lateness_days')::integer    as lateness_days,
       max(value) filter (where key = 'columnstore_days')::integer as columnstore_days,
       max(value) filter (where key = 'retention_days')::integer   as retention_days,
       nullif(tracking.dropped_until(), '-infinity')               as dropped_until
  from tracking.deployment
