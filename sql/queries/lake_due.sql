-- The closed days of arrival (UTC) that the ledger has: done (dates to leave out), until. In order.
-- A chunk of the ledger is a day: reads the list of chunks only.
  select (range_start at time zone 'UTC')::date as day
    from timescaledb_information.chunks
   where (hypertable_schema, hypertable_name) = ('tracking', 'ingest_ledger')
     and range_end <= %(until)s
     and (range_start at time zone 'UTC')::date <> all (%(done)s::date[])
order by 1
