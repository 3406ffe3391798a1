-- Deletes the records of jobs that do not run any more; jobs: the names of those that do.
delete from tracking.job_runs where job <> all (%(jobs)s)
