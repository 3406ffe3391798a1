-- The deployment's decisions, and the moment before which raw events may be gone (null: all are there).
select max(value) filter (where key = 'reporting_timezone')        as timezone,
       max(value) filter (where key = 'lateness_days')::integer    as lateness_days,
       max(value) filter (where key = 'columnstore_days')::integer as columnstore_days,
       max(value) filter (where key = 'retention_days')::integer   as retention_days,
       nullif(tracking.dropped_until(), '-infinity')               as dropped_until
  from tracking.deployment
