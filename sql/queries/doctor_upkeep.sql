-- The scheduler's jobs whose last run failed: name, failures in a row, when, why.
select job, failures, ran_at, error from tracking.upkeep where failures > 0 order by job
