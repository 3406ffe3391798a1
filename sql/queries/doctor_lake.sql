-- The newest day that the lake has, and how many closed days of arrival it lacks, with the first of them: by its notes.
-- A chunk of the ledger is a day: reads the list of chunks only.
select (select max(day) from tracking.lake_days) as newest,
       count(*)                                  as behind,
       min((range_start at time zone 'UTC')::date) as first
  from timescaledb_information.chunks
 where (hypertable_schema, hypertable_name) = ('tracking', 'ingest_ledger')
   and range_end <= now()
   and not exists (select from tracking.lake_days where day = (range_start at time zone 'UTC')::date and not outdated)
