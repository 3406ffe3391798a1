-- The times in which numbers may be too low, newest first: what an incident took away, that nobody called usual. With the
-- rights of its owner, so that the API can say it and read nothing else of the incidents.
create or replace function tracking.incomplete_numbers()
    returns table (source text, name text, since timestamptz, until timestamptz)
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
      select source, name, first_bad_at, closed_at
        from tracking.incidents
       where kind in ('fewer', 'rejected', 'clock')
         and (closed_by is null or closed_by in ('itself', 'revoked'))
    order by first_bad_at desc
       limit 200
$$;
revoke all on function tracking.incomplete_numbers() from public;
grant execute on function tracking.incomplete_numbers() to footfall_read;
