-- All that is read of TimescaleDB beyond what it documents (docs/timescaledb.md says what, and why); no other file does.
-- The planner takes these apart where they are used: they cost nothing, as long as they set no search_path. For their
-- owner's eyes; who else may know a part of it asks a function that runs with the owner's rights.

-- A moment as TimescaleDB's catalogue has it, in microseconds since 1970.
create or replace function tracking.microseconds(moment timestamptz) returns bigint
    language sql
    immutable strict parallel safe
as $$
    select _timescaledb_functions.to_unix_microseconds(moment)
$$;
revoke all on function tracking.microseconds(timestamptz) from public;

-- And back. What lies before the first timestamp that there is, is -infinity.
create or replace function tracking.moment(microseconds bigint) returns timestamptz
    language sql
    immutable strict parallel safe
as $$
    select _timescaledb_functions.to_timestamp(microseconds)
$$;
revoke all on function tracking.moment(bigint) from public;

-- The chunks of the events, [range_start, range_end) in microseconds, and which transaction made each.
create or replace view tracking.event_chunks as
select slice.range_start, slice.range_end, slice.xmin as made_by
  from _timescaledb_catalog.hypertable
  join _timescaledb_catalog.dimension on dimension.hypertable_id = hypertable.id
  join _timescaledb_catalog.dimension_slice as slice on slice.dimension_id = dimension.id
 where hypertable.schema_name = 'tracking'
   and hypertable.table_name = 'events';

-- The aggregates: the table that has the kept counts, without what real time adds; and the watermark, in microseconds,
-- from which on real time adds something.
create or replace view tracking.aggregates as
select aggregate.user_view_name::text as name,
       format('%I.%I', hypertable.schema_name, hypertable.table_name) as kept,
       mark.watermark
  from _timescaledb_catalog.continuous_agg as aggregate
  join _timescaledb_catalog.hypertable on hypertable.id = aggregate.mat_hypertable_id
  join _timescaledb_catalog.continuous_aggs_watermark as mark using (mat_hypertable_id)
 where aggregate.user_view_schema = 'tracking';

-- What was changed since an aggregate counted it, or lies beyond its watermark: [lowest, greatest], in microseconds.
-- TimescaleDB notes it first for all aggregates together, from the next refresh of one of them on for each by itself, and up
-- to version 2.27 a third time while it computes; a change is always in one of them until the transaction that has counted it.
create or replace view tracking.changes as
select aggregate.user_view_name::text as aggregate, log.lowest, log.greatest
  from _timescaledb_catalog.continuous_agg as aggregate
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
 where aggregate.user_view_schema = 'tracking';
