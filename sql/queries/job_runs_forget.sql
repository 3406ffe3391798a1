-- Deletes runs of more than 14 days ago, and those that found nothing to do after a day: some jobs run every few seconds.
-- Runs of daily jobs count as something. The last run of each job stays. Reads the whole table; runs hourly.
delete from tracking.job_runs
 where started_at < now() - case when outcome = 'ok' and coalesce(rows, 0) = 0 and due_at is null then interval '1 day'
                                 else interval '14 days' end
   and alive_until < now()
   and run <> all (select max(run) from tracking.job_runs group by job)
