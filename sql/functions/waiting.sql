-- The ranges of [since, until) that each aggregate has not counted yet, in Unix microseconds: those that changed behind its
-- watermark, and newer ones. Only within chunks, since nothing waits without rows, and only from dropped_until() on, since
-- older events cannot be counted. plpgsql keeps the plan, which takes ten times as long to make as to run.
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
        select first, greatest(first, tracking.microseconds(least(waiting.until, '2200-01-01Z'))) as last
          from tracking.microseconds(greatest(waiting.since, tracking.dropped_until(), '1970-01-01Z')) as first
    ),
    kept as (
        select range_agg(int8range(range_start, range_end)) as chunks
          from asked
          join tracking.event_chunks on range_start < asked.last and range_end > asked.first
        having count(*) > 0
    ),
    changes as (
        select changes.aggregate, int8range(greatest(lowest, asked.first), least(greatest, asked.last - 1), '[]') as changed
          from asked
          join tracking.changes on lowest < asked.last and greatest >= asked.first
         where asked.first < asked.last
    )
      select aggregate, watermark, range_agg(changed) * chunks
        from changes
        join tracking.aggregates on aggregates.name = changes.aggregate
       cross join kept
    group by aggregate, watermark, chunks;
end
$$;
revoke all on function tracking.waiting(timestamptz, timestamptz) from public;
