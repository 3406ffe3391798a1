-- The moment before which arrival is settled: every event with an earlier received_at is committed and seen, and none will
-- come. An event's received_at is the start of its transaction, so a transaction that still runs holds this moment back.
-- Only roles that can write count; a reader may take its time. A session of a role whose details the owner may not see
-- counts as if it had begun 15 minutes ago: grant the owner pg_read_all_stats.
-- The last second is left out: a session shows that it has begun a moment after it took the time.
-- A look at the sessions: less than a millisecond.
create or replace function tracking.settled_until() returns timestamptz
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select least(clock_timestamp() - interval '1 second',
                 min(case when query = '<insufficient privilege>' then now() - interval '15 minutes' else xact_start end))
      from pg_stat_activity
     where datname = current_database()
       and pid <> pg_backend_pid()
       and (backend_type = 'client backend' or backend_type is null)
       and has_function_privilege(usesysid, 'tracking.ingest(jsonb, jsonb)', 'execute')
$$;
revoke all on function tracking.settled_until() from public;
grant execute on function tracking.settled_until() to footfall_read;
