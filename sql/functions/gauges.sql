-- What /metrics tells of the database, for the API's role, which may read none of these tables: a name, a label (empty: there
-- is none) and a value each. Costs a look at the ends of some indexes, and for each job at its last 100 runs: milliseconds.
-- A value that is unknown has no row.
create or replace function tracking.gauges() returns table (gauge text, label text, value double precision)
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    with span as materialized (
        select min(occurred_at) as first, max(occurred_at) as last from tracking.events
    ),
    changed as materialized (
        select waiting.aggregate, count(*) as ranges
          from tracking.waiting('-infinity', now()) as waiting
         cross join lateral unnest(changed) as part
         where lower(part) < waiting.watermark
      group by waiting.aggregate
    ),
    runs as materialized (
        select jobs.job, last.run, ended_at,
               case when outcome = 'running' and alive_until < now() then 'broken off' else outcome end as outcome
          from tracking.jobs
         cross join lateral (
               select run, ended_at, outcome, alive_until
                 from tracking.job_runs
                where job_runs.job = jobs.job
             order by run desc
                limit 100) as last
    ),
    good as (
        select job, max(run) as run, max(ended_at) as ended_at from runs where outcome = 'ok' group by job
    )
    -- newer events are counted from the raw rows; before the first refresh all are newer
    select 'aggregate_lag_seconds', name,
           greatest(0, extract(epoch from last - greatest(tracking.moment(watermark), first)))
      from tracking.aggregates, span
     where last is not null
     union all
    select 'aggregate_waiting_ranges', name, coalesce(ranges, 0)
      from tracking.aggregates
      left join changed on changed.aggregate = aggregates.name
     union all
    select 'trails_lag_seconds', '', extract(epoch from now() - coalesce(until, first))
      from tracking.trails_state, span
     where first is not null
     union all
    select 'trails_inbox_events', '', count(*) from tracking.trails_inbox
     union all
    select 'outbox_overdue_seconds', 'pending', coalesce(extract(epoch from now() - min(due_at)), 0)
      from tracking.notifications
      join tracking.notification_rules using (rule)
     where state = 'pending'
       and due_at <= now()
       and expires_at > now()
       and paused_at is null
       and removed_at is null
     union all
    select 'outbox_overdue_seconds', 'message', coalesce(extract(epoch from now() - min(next_attempt_at)), 0)
      from (select next_attempt_at
              from tracking.notification_messages
             where state = 'waiting'
               and next_attempt_at <= now()
               and expires_at > now()
               and (leased_until is null or leased_until < now())
               and not tracking.is_quiet(quiet, timezone)
          order by next_attempt_at
             limit 1) as overdue
     union all
    select 'jobs_led', '', count(*) from tracking.leases where name = 'jobs' and expires_at > now()
     union all
    select 'job_failures', runs.job, count(*) filter (
               where runs.outcome in ('failed', 'broken off') and runs.run > coalesce(good.run, 0))
      from runs
      left join good using (job)
  group by runs.job
     union all
    select 'job_success_timestamp_seconds', job, extract(epoch from ended_at) from good
$$;
revoke all on function tracking.gauges() from public;
grant execute on function tracking.gauges() to footfall_api;
