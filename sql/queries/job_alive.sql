-- A run's process gives a sign of life: run, seconds until the next one at the latest. No row: others hold it for lost.
update tracking.job_runs
   set alive_until = now() + make_interval(secs => %(seconds)s)
 where run = %(run)s and outcome = 'running'
returning run
