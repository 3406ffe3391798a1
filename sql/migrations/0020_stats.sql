-- What the stats API reads: counts by the quarter of an hour, and what a token may see.

-- A day of Kolkata begins at half past the hour in UTC, one of Kathmandu at a quarter to. Every timezone since the
-- year 2000 lies a multiple of fifteen minutes from UTC: of these buckets the hours, days, weeks and months of any
-- timezone add up exactly, also when the raw rows are gone.
create materialized view tracking.event_counts_15min
with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) as
select time_bucket(interval '15 minutes', occurred_at) as start,
       receiver_type,
       receiver_id,
       name,
       source,
       count(*) as events
  from tracking.events
 where excluded is null
 group by 1, 2, 3, 4, 5
with no data;

create index event_counts_15min_by_receiver
    on tracking.event_counts_15min (receiver_type, receiver_id, start desc);
create index event_counts_15min_by_start on tracking.event_counts_15min (start desc);
grant select on tracking.event_counts_15min to footfall_read;

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

-- Since when every raw event is kept: retention drops whole chunks, the oldest first. Null: there is none.
-- The catalogue is Timescale's own.
create function tracking.raw_since() returns timestamptz
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select _timescaledb_functions.to_timestamp(min(slice.range_start))
      from _timescaledb_catalog.dimension_slice as slice
      join _timescaledb_catalog.dimension  on dimension.id = slice.dimension_id
      join _timescaledb_catalog.hypertable on hypertable.id = dimension.hypertable_id
     where hypertable.schema_name = 'tracking'
       and hypertable.table_name = 'events'
$$;
revoke all on function tracking.raw_since() from public;
grant execute on function tracking.raw_since() to footfall_read;

-- The earliest event that came late and waits for the next refresh to be counted; null: none does. Timescale notes
-- what was changed below the point up to which an aggregate is materialized, first for all aggregates together, and from
-- the next refresh of one of them on for each by itself. What begins with time itself was never materialized.
create function tracking.unrefreshed_since() returns timestamptz
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select _timescaledb_functions.to_timestamp(min(changed.since))
      from (select log.lowest_modified_value as since
              from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
              join _timescaledb_catalog.hypertable on hypertable.id = log.hypertable_id
             where hypertable.schema_name = 'tracking'
               and hypertable.table_name = 'events'
             union all
            select log.lowest_modified_value
              from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
              join _timescaledb_catalog.continuous_agg as aggregate on aggregate.mat_hypertable_id = log.materialization_id
             where aggregate.user_view_schema = 'tracking'
               and aggregate.user_view_name in ('event_counts_15min', 'event_counts_daily')
               and log.lowest_modified_value > (-9223372036854775807)
               and log.lowest_modified_value
                   < _timescaledb_functions.cagg_watermark(aggregate.mat_hypertable_id)) as changed
$$;
revoke all on function tracking.unrefreshed_since() from public;
grant execute on function tracking.unrefreshed_since() to footfall_read;
