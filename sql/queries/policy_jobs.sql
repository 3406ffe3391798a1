-- TimescaleDB's policies on Footfall's tables: id, name.
  select job_id, format('%s on %s', proc_name, hypertable_name)
    from timescaledb_information.jobs
   where hypertable_schema = 'tracking'
order by job_id
