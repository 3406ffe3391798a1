-- What the stats API asks beside the counts: what a token may see, what was dropped, what is not counted yet.

-- The receivers that a question may be answered about: what was granted, and within it what was asked for.
-- A stats token grants a list, those of an owner, or what is in both; a source with the right `stats` reads all.
-- What nobody granted is not here: a grant of nothing gives no row. Every stats query goes through this.
create function tracking.allowed_receivers(reads_all boolean, granted text[], granted_owner text, asked text[],
                                           asked_owner text)
    returns table (receiver_type text, receiver_id text)
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    with named as (
        select distinct split_part(key, ':', 1) as receiver_type,
               substr(key, strpos(key, ':') + 1) as receiver_id
          from unnest(coalesce(asked, granted)) as key
         where reads_all or granted is null or key = any (granted)
    )
    -- by name: neither owner is asked for, or the receiver is theirs
    select named.receiver_type, named.receiver_id
      from named
      left join tracking.receivers using (receiver_type, receiver_id)
     where (reads_all or granted is not null or granted_owner is not null)
       and (granted_owner is null or receivers.owner = granted_owner)
       and (asked_owner   is null or receivers.owner = asked_owner)
     union all
    -- by owner alone
    select receivers.receiver_type, receivers.receiver_id
      from tracking.receivers
     where asked is null
       and granted is null
       and (reads_all or granted_owner is not null)
       and receivers.owner = coalesce(granted_owner, asked_owner)
       and (asked_owner is null or receivers.owner = asked_owner)
$$;
revoke all on function tracking.allowed_receivers(boolean, text[], text, text[], text) from public;
grant execute on function tracking.allowed_receivers(boolean, text[], text, text[], text) to footfall_read;

-- What was dropped is a fact, and no setting: raw events before this moment may be gone, and what is older is only kept as
-- counts. No row: nothing was ever dropped. It is a midnight of the reporting timezone, so that each bucket of each
-- aggregate lies on one side of it.
create table tracking.dropped (
    only_one boolean primary key default true check (only_one),
    until    timestamptz not null
);

create function tracking.only_forward() returns trigger
    language plpgsql
as $$
begin
    if new.until < old.until then
        raise exception 'raw events before % were dropped; that cannot be taken back to %', old.until, new.until;
    end if;
    return new;
end
$$;
create trigger only_forward before update on tracking.dropped
    for each row execute function tracking.only_forward();

-- Raw events before this moment may be gone; -infinity: none is.
create function tracking.dropped_until() returns timestamptz
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select until from tracking.dropped), '-infinity')
$$;
revoke all on function tracking.dropped_until() from public;
grant execute on function tracking.dropped_until() to footfall_ingest, footfall_read;

-- What each aggregate has not counted yet of [since, until), in Unix microseconds: what was changed behind its watermark, and
-- what is newer. Only where there are chunks, since where no rows are nothing waits, and only of what can still be
-- counted, from dropped_until() on. Timescale notes what was changed first for all aggregates together, from the next refresh of one of
-- them on for each by itself, and up to version 2.27 a third time while it computes; a change is always in one of them
-- until the transaction that has counted it. plpgsql keeps the plan, which takes ten times as long to make as to run.
create function tracking.waiting(since timestamptz, until timestamptz)
    returns table (aggregate text, watermark bigint, changed int8multirange)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with asked as (
        select first, greatest(first, _timescaledb_functions.to_unix_microseconds(least(waiting.until, '2200-01-01Z'))) as last
          from _timescaledb_functions.to_unix_microseconds(
                   greatest(waiting.since, tracking.dropped_until(), '1970-01-01Z')) as first
    ),
    kept as (
        select hypertable.id as hypertable_id, range_agg(int8range(slice.range_start, slice.range_end)) as chunks
          from asked
          join _timescaledb_catalog.hypertable
            on hypertable.schema_name = 'tracking'
           and hypertable.table_name = 'events'
          join _timescaledb_catalog.dimension on dimension.hypertable_id = hypertable.id
          join _timescaledb_catalog.dimension_slice as slice on slice.dimension_id = dimension.id
         where slice.range_start < asked.last
           and slice.range_end > asked.first
      group by 1
    ),
    changes as (
        select aggregate.user_view_name::text as aggregate, aggregate.mat_hypertable_id, chunks,
               int8range(greatest(log.lowest, asked.first), least(log.greatest, asked.last - 1), '[]') as changed
          from asked
         cross join kept
          join _timescaledb_catalog.continuous_agg as aggregate on aggregate.raw_hypertable_id = kept.hypertable_id
         cross join lateral (
               select lowest_modified_value as lowest, greatest_modified_value as greatest
                 from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log
                where hypertable_id = aggregate.raw_hypertable_id
                union all
               select lowest_modified_value, greatest_modified_value
                 from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log
                where materialization_id = aggregate.mat_hypertable_id
                union all
               select lowest_modified_value, greatest_modified_value
                 from _timescaledb_catalog.continuous_aggs_materialization_ranges
                where materialization_id = aggregate.mat_hypertable_id) as log
         where asked.first < asked.last
           and log.lowest < asked.last
           and log.greatest >= asked.first
    )
      select aggregate, mark.watermark, range_agg(changed) * chunks
        from changes
        join _timescaledb_catalog.continuous_aggs_watermark as mark using (mat_hypertable_id)
    group by aggregate, mark.watermark, chunks;
end
$$;
revoke all on function tracking.waiting(timestamptz, timestamptz) from public;

-- The earliest moment of [since, until) from which on answers must read the raw rows, because an aggregate that they read
-- lacks a change behind its watermark, where real time does not look; rounded down to the quarter of an hour. Null: none.
-- An aggregate's bucket that reaches beyond this moment must not be read. Half a millisecond.
create function tracking.unrefreshed_since(since timestamptz, until timestamptz) returns timestamptz
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
    select date_bin('15 minutes', _timescaledb_functions.to_timestamp(min(lower(changed))), '2000-01-01Z')
      from tracking.waiting(since, until)
     where aggregate in ('event_counts_15min', 'event_counts_daily')
       and lower(changed) < watermark);
end
$$;
revoke all on function tracking.unrefreshed_since(timestamptz, timestamptz) from public;
grant execute on function tracking.unrefreshed_since(timestamptz, timestamptz) to footfall_read;
