-- Policies whose last run failed: name, failures so far, when.
  select format('%s on %s', jobs.proc_name, coalesce(aggregate.view_name, jobs.hypertable_name)),
         stats.total_failures,
         stats.last_run_started_at
    from timescaledb_information.job_stats as stats
    join timescaledb_information.jobs using (job_id)
    left join timescaledb_information.continuous_aggregates as aggregate
           on aggregate.materialization_hypertable_name = jobs.hypertable_name
   where stats.last_run_status = 'Failed'
     and jobs.hypertable_name is not null
order by 1
