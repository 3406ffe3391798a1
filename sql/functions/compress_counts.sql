-- Compresses the counts that are past columnstore_days and final: from the day after lateness_days on, no late event comes
-- to them any more. It takes whole chunks, which hold ten days. An import or a rebuild may still change compressed chunks;
-- the next run compresses them again. Each chunk is a transaction; a chunk that is compressed already takes a millisecond.
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
        -- anew and as a whole: otherwise its old rows stay as dead rows, and the embedded engine has no vacuum
        perform set_config('timescaledb.enable_segmentwise_recompression', 'off', true);
        call convert_to_columnstore(chunk, if_not_columnstore => true);
        commit;
    end loop;
end
$$;
revoke all on procedure tracking.compress_counts() from public;
