-- The last run of each of the scheduler's jobs: name, failures in a row, when, why.
select job, failures, ran_at, error from tracking.job_runs order by job
