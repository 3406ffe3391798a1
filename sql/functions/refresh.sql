-- Refresh and retention lock by name (advisory): refreshes share `refresh`, writers of old events share `old events`;
-- retention takes each alone. Every session locks chunks before `old events`, so that none waits in a
-- circle. Both read from the database what was dropped; neither derives it from a setting.

-- Refreshes a range of whole buckets: what changed, or all of it (anew). A range of days is always counted anew, since
-- TimescaleDB 2.25.1 and later forget a change of the last day that a statement touched, if its last event is at that day's first
-- instant. Of quarters of an hour and hours, which have a fixed length, they forget nothing (docs/timescaledb.md). It counts nothing that was
-- dropped after the range was chosen. The lock belongs to the session, since a refresh commits in between; if a refresh fails,
-- the lock stays until the connection ends.
--
-- A range is one batch. By default, 2.28 refreshes ten buckets after another, and moves the watermark over all of them first: until
-- it is done, who asks misses what is behind it.
create or replace procedure tracking.refresh(aggregate regclass, since timestamptz, until timestamptz, anew boolean)
    language plpgsql
as $$
declare
    version constant int[]   := (select string_to_array(split_part(extversion, '-', 1), '.')::int[]
                                   from pg_extension
                                  where extname = 'timescaledb');
    forgets constant boolean := aggregate not in ('tracking.event_counts_15min'::regclass, 'tracking.activity_hourly'::regclass)
                                and version >= array[2, 25, 1];
    whole   constant jsonb   := case when version >= array[2, 28] then jsonb_build_object('buckets_per_batch', 0) end;
begin
    perform pg_advisory_lock_shared(hashtext('footfall: refresh'));
    since := greatest(since, tracking.dropped_until());
    if since < until then
        call refresh_continuous_aggregate(aggregate, since, until, force => anew or forgets, options => whole);
        call refresh_continuous_aggregate(aggregate, since, until, options => whole);  -- what the first call left waiting, if anything
    end if;
    perform pg_advisory_unlock_shared(hashtext('footfall: refresh'));
end
$$;
revoke all on procedure tracking.refresh(regclass, timestamptz, timestamptz, boolean) from public;
