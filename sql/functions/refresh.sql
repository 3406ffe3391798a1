-- Refresh and retention lock by name (advisory): `refresh` is shared by all that refresh, `old events` by all that write
-- some; retention has each for itself alone. Whoever waits takes chunks before `old events`, so that nobody waits in a
-- circle. Both ask what was dropped, by fact, and neither asks a setting what may have been dropped.

-- Refreshes a window of whole buckets; anew: all of it, changed or not. Of what was dropped since somebody chose the
-- window, nothing is counted. The lock is of the session, since a refresh commits in between; one that fails leaves it to
-- the end of the connection.
create or replace procedure tracking.refresh(aggregate regclass, since timestamptz, until timestamptz, anew boolean)
    language plpgsql
as $$
begin
    perform pg_advisory_lock_shared(hashtext('footfall: refresh'));
    since := greatest(since, tracking.dropped_until());
    if since < until then
        call refresh_continuous_aggregate(aggregate, since, until, force => anew);
    end if;
    perform pg_advisory_unlock_shared(hashtext('footfall: refresh'));
end
$$;
revoke all on procedure tracking.refresh(regclass, timestamptz, timestamptz, boolean) from public;
