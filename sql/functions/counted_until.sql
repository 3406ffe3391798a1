-- Up to when everything that lies before a moment is counted, in every aggregate: the first change behind a watermark,
-- or the first event beyond one; infinity where there is neither.
create or replace function tracking.counted_until(before timestamptz) returns timestamptz
    language sql
    stable
as $$
    select least('infinity',
                 (select _timescaledb_functions.to_timestamp(min(lower(changed)))
                    from tracking.waiting('-infinity', before)
                   where lower(changed) < watermark),
                 (select min(occurred_at)
                    from tracking.events
                   where occurred_at < before
                     and excluded is null
                     and occurred_at >= (
                         select _timescaledb_functions.to_timestamp(min(mark.watermark))
                           from _timescaledb_catalog.continuous_agg as aggregate
                           join _timescaledb_catalog.continuous_aggs_watermark as mark using (mat_hypertable_id)
                          where aggregate.user_view_schema = 'tracking')))
$$;
revoke all on function tracking.counted_until(timestamptz) from public;
