-- TimescaleDB's policies on what is ours: id, name, how often each wants to run.
  select job_id,
         format('%s on %s', job.proc_name, coalesce(aggregate.view_name, job.hypertable_name)) as name,
         schedule_interval
    from timescaledb_information.jobs as job
    left join timescaledb_information.continuous_aggregates as aggregate
           on aggregate.materialization_hypertable_name = job.hypertable_name
   where 'tracking' in (job.hypertable_schema, aggregate.view_schema)
order by job_id
