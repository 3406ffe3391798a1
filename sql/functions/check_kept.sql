-- Refuses rows of a batch whose time was dropped: they could never be counted. Takes the times of the first and the last of
-- the rows that this transaction has written; only for functions that write events, after they wrote.
--
-- Raw events are dropped while others write. With the lock, the second sees the work of the first; nothing of the last
-- two days is dropped (drop_raw_events.sql). If a chunk was dropped by hand, and this very batch makes it anew, the kept
-- counts show it.
create or replace function tracking.check_kept(oldest timestamptz, newest timestamptz) returns void
    language plpgsql
as $$
declare
    gone timestamptz;
begin
    if oldest < now() - interval '2 days' then
        perform pg_advisory_xact_lock_shared(hashtext('footfall: old events'));
        if exists (select
                     from tracking.event_chunks
                    where range_start <= tracking.microseconds(newest)
                      and range_end > tracking.microseconds(oldest)
                      and made_by = pg_current_xact_id()::xid) then
            gone := tracking.hole();
        end if;
        gone := greatest(gone, tracking.dropped_until());
        if oldest < gone then
            raise exception using errcode = 'datetime_field_overflow',
                message = format('too old; raw events before %s were dropped, and of older events only counts are kept',
                                 to_char(gone at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
        end if;
    end if;
end
$$;
revoke all on function tracking.check_kept(timestamptz, timestamptz) from public;
