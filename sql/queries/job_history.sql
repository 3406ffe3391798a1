-- follows: job_seen
-- The last runs of a job, newest first: job, number.
select due_at, started_at, ended_at, outcome, rows, error, instance
  from seen
 where job = %(job)s
 order by run desc
 limit %(number)s
