-- Makes jobs known: jobs, and for each its schedule.
insert into tracking.jobs as known (job, schedule)
select * from unnest(%(jobs)s::text[], %(schedules)s::text[])
on conflict (job) do update
        set schedule = excluded.schedule
      where known.schedule <> excluded.schedule
