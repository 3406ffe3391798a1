-- follows: job_seen
-- The jobs, the last run of each, and its failures in a row: since the last success, the latest when and why.
-- Costs a look at the end of an index for each job, and at each of those failures.
select jobs.job, jobs.schedule,
       last.due_at, last.started_at, last.ended_at, last.outcome, last.rows, last.error, last.instance,
       failed.failures, failed.failed_at, failed.because
  from tracking.jobs
  left join lateral (select * from seen where seen.job = jobs.job order by run desc limit 1) as last on true
 cross join lateral (
           select count(*)                                                    as failures,
                  max(ended_at)                                               as failed_at,
                  (array_agg(coalesce(error, outcome) order by run desc))[1]  as because
             from seen
            where seen.job = jobs.job
              and outcome in ('failed', 'broken off')
              and run > coalesce((select max(run) from seen where seen.job = jobs.job and outcome = 'ok'), 0)
       ) as failed
 order by jobs.job
