-- What each aggregate has not counted yet of [since, until), in Unix microseconds: what was changed behind its watermark, and
-- what is newer. Only where there are chunks, since where no rows are nothing waits, and only of what can still be
-- counted, from dropped_until() on. Timescale notes what was changed first for all aggregates together, from the next refresh of one of
-- them on for each by itself, and up to version 2.27 a third time while it computes; a change is always in one of them
-- until the transaction that has counted it. plpgsql keeps the plan, which takes ten times as long to make as to run.
create or replace function tracking.waiting(since timestamptz, until timestamptz)
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
