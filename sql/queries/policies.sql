-- When raw events are compressed: after footfall.columnstore_days, and never before the last late one
-- (footfall.lateness_days). Replaced whenever these change.
call remove_columnstore_policy('tracking.events', if_exists => true);
call add_columnstore_policy('tracking.events',
    after => make_interval(days => greatest(current_setting('footfall.columnstore_days')::int,
                                            current_setting('footfall.lateness_days')::int + 1)));

-- The scheduler runs the policies, on both engines (jobs/policies.py); TimescaleDB's own workers do not.
select alter_job(job_id, scheduled => false)
  from timescaledb_information.jobs
 where hypertable_schema = 'tracking';
