-- Raw events before this moment may be gone; -infinity: all are there.
create or replace function tracking.dropped_until() returns timestamptz
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select until from tracking.dropped), '-infinity')
$$;
revoke all on function tracking.dropped_until() from public;
grant execute on function tracking.dropped_until() to footfall_ingest, footfall_read;
