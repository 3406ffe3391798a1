-- The earliest moment of [since, until) from which on answers must read the raw rows, because their aggregate
-- lacks a change behind its watermark, which real time does not see; rounded down to the quarter of an hour. Null: none.
-- An answer must not read a bucket that reaches beyond this moment. Half a millisecond.
create or replace function tracking.unrefreshed_since(since timestamptz, until timestamptz) returns timestamptz
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
    select date_bin('15 minutes', tracking.moment(min(lower(changed))), '2000-01-01Z')
      from tracking.waiting(since, until)
     where aggregate in ('event_counts_15min', 'event_counts_daily')
       and lower(changed) < watermark);
end
$$;
revoke all on function tracking.unrefreshed_since(timestamptz, timestamptz) from public;
grant execute on function tracking.unrefreshed_since(timestamptz, timestamptz) to footfall_read;
