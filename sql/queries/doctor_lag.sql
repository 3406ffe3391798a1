-- How far behind the newest event each aggregate is, in minutes. What it lacks is counted from the raw rows, only slower.
  select view_name,
         greatest(0, extract(epoch from (select max(occurred_at) from tracking.events)
             - _timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(mat_hypertable_id)))::bigint / 60)
    from _timescaledb_catalog.continuous_agg
    join timescaledb_information.continuous_aggregates on view_name = user_view_name
   where user_view_schema = 'tracking'
     and exists (select from tracking.events)
order by view_name
