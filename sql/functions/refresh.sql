-- Refresh and retention lock by name (advisory): refreshes share `refresh`, writers of old events share `old events`;
-- retention takes each alone. Every session locks chunks before `old events`, so that none waits in a
-- circle. Both read from the database what was dropped; neither derives it from a setting.

-- Refreshes a range of whole buckets: what changed, or all of it (anew). A range of days is always counted anew: TimescaleDB
-- 2.28.3 forgets a change of the last day that a statement touched, if its last event is at that day's first instant. Quarters
-- of an hour are never forgotten; but of a long range, the first call leaves such a quarter waiting. It counts nothing that was
-- dropped after the range was chosen. The lock belongs to the session, since a refresh commits in between; if a refresh fails,
-- the lock stays until the connection ends.
create or replace procedure tracking.refresh(aggregate regclass, since timestamptz, until timestamptz, anew boolean)
    language plpgsql
as $$
begin
    perform pg_advisory_lock_shared(hashtext('footfall: refresh'));
    since := greatest(since, tracking.dropped_until());
    if since < until then
        call refresh_continuous_aggregate(aggregate, since, until,
                                          force => anew or aggregate <> 'tracking.event_counts_15min'::regclass);
        -- takes what still waits: the quarter that was left, and before 2.28 all changes, since force leaves them in the log
        call refresh_continuous_aggregate(aggregate, since, until);
    end if;
    perform pg_advisory_unlock_shared(hashtext('footfall: refresh'));
end
$$;
revoke all on procedure tracking.refresh(regclass, timestamptz, timestamptz, boolean) from public;
