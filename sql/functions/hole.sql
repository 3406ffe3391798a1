-- Chunks that somebody dropped by hand: there are counts where no chunk is, or one that this transaction made. Answers with
-- the moment before which raw events are gone for that; null where there is no such hole. Not within the last three days,
-- since nothing could be written there any more. Looks at kept counts only: rows that are not refreshed yet need no notice.
create or replace function tracking.hole() returns timestamptz
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    kept text;
    hole timestamptz;
begin
    select format('%I.%I', hypertable.schema_name, hypertable.table_name)
      into kept
      from _timescaledb_catalog.continuous_agg as aggregate
      join _timescaledb_catalog.hypertable on hypertable.id = aggregate.mat_hypertable_id
     where (aggregate.user_view_schema, aggregate.user_view_name) = ('tracking', 'event_counts_15min');
    execute format($kept$
        select max(counted.start)
          from (select _timescaledb_functions.to_timestamp(greatest(lower(gap), 0)) as first,
                       _timescaledb_functions.to_timestamp(least(upper(gap), 7258118400000000)) as last
                  from unnest(int8multirange(int8range(null, null))
                              - (select coalesce(range_agg(int8range(slice.range_start, slice.range_end)), '{}')
                                   from _timescaledb_catalog.dimension_slice as slice
                                   join _timescaledb_catalog.dimension on dimension.id = slice.dimension_id
                                   join _timescaledb_catalog.hypertable on hypertable.id = dimension.hypertable_id
                                  where (hypertable.schema_name, hypertable.table_name) = ('tracking', 'events')
                                    and slice.xmin is distinct from pg_current_xact_id_if_assigned()::xid)) as gap) as gaps
         cross join lateral (
                 select start
                   from %s
                  where start >= greatest(gaps.first, tracking.dropped_until())
                    and start <  least(gaps.last, date_trunc('day', now(), 'UTC') - interval '3 days')
               order by start desc
                  limit 1) as counted
    $kept$, kept) into hole;
    return tracking.midnight_after(date_trunc('day', hole, 'UTC') + interval '1 day');
end
$$;

-- Takes note of it, before a refresh would count the hole.
create or replace function tracking.note_holes() returns void
    language sql
as $$
    select tracking.note_dropped(hole) from tracking.hole() where hole is not null
$$;
revoke all on function tracking.hole() from public;
revoke all on function tracking.note_holes() from public;
