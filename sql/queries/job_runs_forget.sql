-- Forgets jobs that are not run any more; jobs: the names of those that are.
delete from tracking.job_runs where job <> all (%(jobs)s)
