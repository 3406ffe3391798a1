-- Finds chunks that somebody dropped by hand: there are counts but no chunk, or only a chunk that this transaction made.
-- Answers with the moment before which such raw events are gone; null if there is no such hole. It leaves out the last three
-- days, since nothing could be written there any more. It reads kept counts only: rows that are not refreshed yet do not matter.
create or replace function tracking.hole() returns timestamptz
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    kept text;
    gap  record;
    hole timestamptz;
begin
    select aggregates.kept into kept from tracking.aggregates where name = 'event_counts_15min';
    for gap in
          select greatest(tracking.moment(greatest(lower(part), 0)), tracking.dropped_until()) as first,
                 least(tracking.moment(least(upper(part), 7258118400000000)), date_trunc('day', now(), 'UTC') - interval '3 days')
                     as last
            from unnest(int8multirange(int8range(null, null))
                        - (select coalesce(range_agg(int8range(range_start, range_end)), '{}')
                             from tracking.event_chunks
                            where made_by is distinct from pg_current_xact_id_if_assigned()::xid)) as part
        order by 1 desc
    loop
        -- one gap at a time: the columnstore skips the rest only if it knows the edges when it plans
        execute format('select max(start) from %s where start >= $1 and start < $2', kept) into hole using gap.first, gap.last;
        exit when hole is not null;
    end loop;
    return tracking.midnight_after(date_trunc('day', hole, 'UTC') + interval '1 day');
end
$$;

-- Notes the hole, before a refresh would count it. Nobody knows whether all of those events had come into the trails.
create or replace function tracking.note_holes() returns void
    language sql
as $$
    update tracking.trails_state
       set since = greatest(since, hole)
      from tracking.hole()
     where hole is not null;
    select tracking.note_dropped(hole) from tracking.hole() where hole is not null
$$;
revoke all on function tracking.hole() from public;
revoke all on function tracking.note_holes() from public;
