-- The scheduler's jobs, and how the last run of each ended: name, failures in a row, when, why.
select job, failures, ran_at, error from tracking.job_runs order by job
