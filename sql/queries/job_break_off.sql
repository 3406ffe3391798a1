-- Closes the run of a job whose process is lost: job.
update tracking.job_runs
   set outcome = 'broken off', ended_at = alive_until
 where job = %(job)s and outcome = 'running' and alive_until < now()
