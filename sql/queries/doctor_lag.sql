-- How far behind the newest event each aggregate is, in minutes: what it lacks is counted from the raw rows, only slower.
-- Nothing is materialized at first, the watermark is at the beginning of time: then it lacks all there is.
  select view_name,
         greatest(0, extract(epoch from (select max(occurred_at) from tracking.events)
             - greatest(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(mat_hypertable_id)),
                        (select min(occurred_at) from tracking.events)))::bigint / 60)
    from _timescaledb_catalog.continuous_agg
    join timescaledb_information.continuous_aggregates on view_name = user_view_name
   where user_view_schema = 'tracking'
     and exists (select from tracking.events)
order by view_name
