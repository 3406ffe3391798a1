-- Deletes the jobs that do not run any more, with their runs; jobs: the names of those that do.
delete from tracking.jobs where job <> all (%(jobs)s)
