-- TimescaleDB's policies on what is ours: id, name.
  select job_id, format('%s on %s', proc_name, hypertable_name)
    from timescaledb_information.jobs
   where hypertable_schema = 'tracking'
order by job_id
