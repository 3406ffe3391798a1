-- Records the end of a job's run: its name, and the error or null.
insert into tracking.job_runs (job, ran_at, failures, error)
values (%(job)s, now(), case when %(error)s::text is null then 0 else 1 end, %(error)s)
on conflict (job) do update
   set ran_at   = excluded.ran_at,
       failures = case when excluded.error is null then 0 else job_runs.failures + 1 end,
       error    = excluded.error
