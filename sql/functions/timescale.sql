-- Only this file reads undocumented parts of TimescaleDB (docs/timescaledb.md lists them, with reasons).
-- The planner inlines these functions and views: they cost nothing, as long as they set no search_path. Only their
-- owner may read them; other roles call functions that run with the owner's rights.

-- A moment in the form of TimescaleDB's catalogue: microseconds since 1970.
create or replace function tracking.microseconds(moment timestamptz) returns bigint
    language sql
    immutable strict parallel safe
as $$
    select _timescaledb_functions.to_unix_microseconds(moment)
$$;
revoke all on function tracking.microseconds(timestamptz) from public;

-- And back. A time before the first possible timestamp becomes -infinity.
create or replace function tracking.moment(microseconds bigint) returns timestamptz
    language sql
    immutable strict parallel safe
as $$
    select _timescaledb_functions.to_timestamp(microseconds)
$$;
revoke all on function tracking.moment(bigint) from public;

-- The chunks of the events, [range_start, range_end) in microseconds, and the transaction that made each.
create or replace view tracking.event_chunks as
select slice.range_start, slice.range_end, slice.xmin as made_by
  from _timescaledb_catalog.hypertable
  join _timescaledb_catalog.dimension on dimension.hypertable_id = hypertable.id
  join _timescaledb_catalog.dimension_slice as slice on slice.dimension_id = dimension.id
 where hypertable.schema_name = 'tracking'
   and hypertable.table_name = 'events';

-- The aggregates: the table of the kept counts, without those that real time adds; and the watermark, in microseconds,
-- from which on real time adds counts.
create or replace view tracking.aggregates as
select aggregate.user_view_name::text as name,
       format('%I.%I', hypertable.schema_name, hypertable.table_name) as kept,
       mark.watermark
  from _timescaledb_catalog.continuous_agg as aggregate
  join _timescaledb_catalog.hypertable on hypertable.id = aggregate.mat_hypertable_id
  join _timescaledb_catalog.continuous_aggs_watermark as mark using (mat_hypertable_id)
 where aggregate.user_view_schema = 'tracking';

-- Ranges that changed after an aggregate counted them, or lie beyond its watermark: [lowest, greatest], in microseconds.
-- TimescaleDB notes a change first for all aggregates together; from the next refresh of one on, for each by itself; and up
-- to version 2.27 a third time while it computes. A change is always in one of these until the transaction that counts it.
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

-- The kept counts as relations, without those that real time adds, and the moment from which on it adds them. A join reaches
-- their rows by an index, which it cannot through a real-time aggregate; sql/analytics joins them to receivers.
create or replace view tracking.marks as
select aggregate.user_view_name::text as name,
       greatest(_timescaledb_functions.to_timestamp(mark.watermark), '1970-01-01Z') as until  -- before the first refresh it is -infinity
  from _timescaledb_catalog.continuous_agg as aggregate
  join _timescaledb_catalog.continuous_aggs_watermark as mark using (mat_hypertable_id)
 where aggregate.user_view_schema = 'tracking';

do $$
declare
    aggregate record;
begin
    for aggregate in
        select kept, case name when 'event_counts_daily' then 'kept_daily' else 'kept_quarters' end as name
          from tracking.aggregates
         where name in ('event_counts_daily', 'event_counts_15min')
    loop
        execute format('create or replace view tracking.%I as select * from %s', aggregate.name, aggregate.kept);
    end loop;
end
$$;
