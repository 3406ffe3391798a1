-- Refresh, columnstore and retention, replaced as a whole whenever their settings change.
-- footfall.lateness_days, columnstore_days, retention_days: how late events may come; when raw rows are compressed, never
-- before the last late one; when they go (0: never).
-- A refresh reaches back over every day that a late event may still change, and no further:
-- retention must not have touched anything it covers, or it would delete those buckets.

select remove_continuous_aggregate_policy('tracking.event_counts_15min', if_exists => true),
       remove_continuous_aggregate_policy('tracking.event_counts_daily', if_exists => true),
       remove_continuous_aggregate_policy('tracking.activity_daily', if_exists => true),
       remove_retention_policy('tracking.events', if_exists => true);
call remove_columnstore_policy('tracking.events', if_exists => true);

select add_continuous_aggregate_policy('tracking.event_counts_15min',
           start_offset      => make_interval(days => current_setting('footfall.lateness_days')::int + 2),
           end_offset        => interval '1 hour',
           schedule_interval => interval '5 minutes'),
       add_continuous_aggregate_policy('tracking.event_counts_daily',
           start_offset      => make_interval(days => current_setting('footfall.lateness_days')::int + 2),
           end_offset        => interval '1 hour',
           schedule_interval => interval '15 minutes'),
       add_continuous_aggregate_policy('tracking.activity_daily',
           start_offset      => make_interval(days => current_setting('footfall.lateness_days')::int + 2),
           end_offset        => interval '1 hour',
           schedule_interval => interval '15 minutes');

call add_columnstore_policy('tracking.events',
    after => make_interval(days => greatest(current_setting('footfall.columnstore_days')::int,
                                            current_setting('footfall.lateness_days')::int + 1)));

select add_retention_policy('tracking.events',
           drop_after => make_interval(days => current_setting('footfall.retention_days')::int))
 where current_setting('footfall.retention_days')::int > 0;

-- The scheduler runs them, on both engines (jobs/policies.py); TimescaleDB's own workers do not.
select alter_job(job.job_id, scheduled => false)
  from timescaledb_information.jobs as job
  left join timescaledb_information.continuous_aggregates as aggregate
         on aggregate.materialization_hypertable_name = job.hypertable_name
 where 'tracking' in (job.hypertable_schema, aggregate.view_schema);
