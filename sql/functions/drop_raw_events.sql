-- Drops the chunks that are past retention_days, counted in every aggregate, in the trails, and noted as arrived. Answers with the moment before which
-- raw events may be gone now; null if nothing was due. It first waits for running refreshes, then for other work on those
-- chunks, then for writers of old events: their events wait to be counted, and are not dropped.
-- Fails after five seconds of waiting; then it may be called again.
create or replace function tracking.drop_raw_events() returns timestamptz
    language plpgsql
    set lock_timeout = '5s'
as $$
declare
    horizon constant timestamptz := now() - make_interval(days => tracking.decided('retention_days'));
    chunk   record;
    ends    timestamptz;
    trodden timestamptz;
begin
    if tracking.decided('retention_days') = 0 then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtext('footfall: refresh'));
    for chunk in
          select format('%I.%I', chunk_schema, chunk_name) as name
            from timescaledb_information.chunks
           where (hypertable_schema, hypertable_name) = ('tracking', 'events')
             and range_end <= horizon
        order by range_end
    loop
        execute format('lock table %s in access exclusive mode', chunk.name);
    end loop;
    perform pg_advisory_xact_lock(hashtext('footfall: old events'));
    select least(trails_state.until, noted_arrivals.until) into trodden from tracking.trails_state cross join tracking.noted_arrivals;
    select max(range_end)
      into ends
      from timescaledb_information.chunks
     where (hypertable_schema, hypertable_name) = ('tracking', 'events')
       and range_end <= horizon
       and tracking.midnight_after(range_end) <= tracking.counted_until(horizon + interval '2 days')
       and range_end <= (select least(trodden, min(occurred_at))
                           from tracking.events
                          where occurred_at < least(horizon, trodden)
                            and received_at >= trodden
                            and excluded is null)
       and not exists (select from tracking.trails_inbox where occurred_at < horizon)
       and not exists (select from tracking.noted_inbox where occurred_at < horizon);
    if ends is null then
        return null;
    end if;
    perform tracking.note_dropped(ends);
    perform drop_chunks('tracking.events', older_than => ends);
    return tracking.dropped_until();
end
$$;
revoke all on function tracking.drop_raw_events() from public;
