-- TimescaleDB's policies for old chunks. Each policy is removed and added anew.

-- Raw events are compressed after footfall.columnstore_days, and never before the last late one (footfall.lateness_days).
call remove_columnstore_policy('tracking.events', if_exists => true);
call add_columnstore_policy('tracking.events',
    after => make_interval(days => greatest(current_setting('footfall.columnstore_days')::int,
                                            current_setting('footfall.lateness_days')::int + 1)));

select remove_retention_policy('tracking.rejected_events', if_exists => true);
select add_retention_policy('tracking.rejected_events', drop_after => interval '30 days');
select remove_retention_policy('tracking.property_faults', if_exists => true);
select add_retention_policy('tracking.property_faults', drop_after => interval '30 days');

call remove_columnstore_policy('tracking.ingest_ledger', if_exists => true);
call add_columnstore_policy('tracking.ingest_ledger', after => interval '2 days');

select remove_retention_policy('tracking.ingest_ledger', if_exists => true);
-- The ledger is the index of raw events by arrival, so it stays as long as they do.
select add_retention_policy('tracking.ingest_ledger',
                            drop_after => make_interval(days => greatest(400, 10 + current_setting('footfall.retention_days')::int)))
 where current_setting('footfall.retention_days')::int > 0;

-- The scheduler runs the policies, on both engines (tracking/aggregates/policies.py); TimescaleDB's own workers do not.
select alter_job(job_id, scheduled => false)
  from timescaledb_information.jobs
 where hypertable_schema = 'tracking';
