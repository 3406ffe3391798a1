-- Compresses the counts that are past columnstore_days, as the events are, and final: no late event comes to them any more,
-- from the day after lateness_days on. By whole chunks, which hold ten days. An import or a rebuild may still change what
-- is compressed; the next run compresses it again. Each chunk is a transaction; one that is compressed already, a millisecond.
create or replace procedure tracking.compress_counts()
    language plpgsql
as $$
declare
    final constant timestamptz := now() - make_interval(
        days => greatest(tracking.decided('columnstore_days'), tracking.decided('lateness_days') + 1));
    chunk regclass;
begin
    for chunk in
          select format('%I.%I', chunk_schema, chunk_name)
            from timescaledb_information.continuous_aggregates as aggregate
            join timescaledb_information.chunks
                 on (chunks.hypertable_schema, chunks.hypertable_name)
                    = (materialization_hypertable_schema, materialization_hypertable_name)
           where aggregate.view_schema = 'tracking'
             and range_end <= final
        order by range_end
    loop
        -- anew and as a whole: else its old rows stay as dead ones, which nobody clears away on the embedded engine
        perform set_config('timescaledb.enable_segmentwise_recompression', 'off', true);
        call convert_to_columnstore(chunk, if_not_columnstore => true);
        commit;
    end loop;
end
$$;
revoke all on procedure tracking.compress_counts() from public;
