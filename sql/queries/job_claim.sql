-- Claims a run of a job. Its number comes back, or no row: the job runs elsewhere, or was done for that time, or did not
-- get done in too many attempts, or a moment ago. Indexes decide, so two at once cannot both get it.
--   job, instance; seconds: so long it is alive without a sign
--   due_at: of a daily job the time that the run is for; null: any time
--   asked: whether a person wants it now, whatever happened; else attempts, and pause: seconds between two
-- Costs a look at the runs for that time.
insert into tracking.job_runs (job, due_at, instance, alive_until)
select %(job)s, %(due_at)s::timestamptz, %(instance)s, now() + make_interval(secs => %(seconds)s)
 where %(asked)s
    or (select count(*) < %(attempts)s
               and coalesce(max(ended_at) < now() - make_interval(secs => %(pause)s), true)
          from tracking.job_runs
         where job = %(job)s and due_at = %(due_at)s::timestamptz)
on conflict do nothing
returning run
