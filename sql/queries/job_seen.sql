-- The runs as they are now: one whose process is lost is broken off, also if nobody has closed it yet. Queries follow it.
with seen as not materialized (
    select run, job, due_at, instance, started_at, error, rows,
           case when lost then alive_until else ended_at end  as ended_at,
           case when lost then 'broken off' else outcome end  as outcome
      from tracking.job_runs
     cross join lateral (select outcome = 'running' and alive_until < now()) as state (lost)
)
