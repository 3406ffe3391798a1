-- When the message of the queue that was written last had been accepted, and written. No row: there was none in the last two
-- days. Reads one row by its index.
create or replace function tracking.last_message() returns table (accepted_at timestamptz, written_at timestamptz)
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
      select last.accepted_at, last.written_at
        from tracking.queue_messages as last
    order by last.written_at desc, last.accepted_at desc
       limit 1
$$;
revoke all on function tracking.last_message() from public;
grant execute on function tracking.last_message() to footfall_ingest, footfall_read;
