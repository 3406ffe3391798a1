-- How many stretches of time of each aggregate were changed after they were counted, and wait for the next refresh.
-- What reaches to the beginning or the end of time is no change, but what was never materialized.
  select user_view_name,
         (select count(*)
            from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as log
           where log.materialization_id = mat_hypertable_id
             and log.lowest_modified_value > (-9223372036854775807)
             and log.greatest_modified_value < 9223372036854775807
             and log.greatest_modified_value
                 < _timescaledb_functions.cagg_watermark(mat_hypertable_id))
         + (select count(*)
              from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
             where log.hypertable_id = raw_hypertable_id)
    from _timescaledb_catalog.continuous_agg
   where user_view_schema = 'tracking'
order by 1
