-- Refresh and retention. Both ask what was dropped, by fact, and neither asks a setting what may have been dropped.
-- Locks (advisory, by name): `refresh` is shared by all that refresh, `old events` by all that write some; retention has
-- each for itself alone. Whoever waits takes chunks before `old events`, so that nobody waits in a circle.

-- A setting that `migrate` wrote, as a number.
create function tracking.decided(setting text) returns integer
    language sql
    stable
as $$
    select value::integer from tracking.deployment where key = setting
$$;

-- The midnight of the reporting timezone at or before a moment.
create function tracking.midnight_before(moment timestamptz) returns timestamptz
    language sql
    stable
as $$
    select date_trunc('day', moment, value) from tracking.deployment where key = 'reporting_timezone'
$$;

-- The midnight of the reporting timezone at or after a moment: 26 hours after a day's first instant it is the next day.
create function tracking.midnight_after(moment timestamptz) returns timestamptz
    language sql
    stable
as $$
    select case when before = moment then moment else tracking.midnight_before(before + interval '26 hours') end
      from tracking.midnight_before(moment) as before
$$;

-- Windows that together refresh the given periods of an aggregate: of whole days, ten at most, no day before what was
-- dropped, and up to the last whole bucket that ended an hour ago. Oldest first: real time then leaves no gap.
create function tracking.refresh_windows(aggregate text, periods tstzmultirange)
    returns table (since timestamptz, until timestamptz)
    language sql
    stable
as $$
    with bounds as (
        select value as timezone,
               tracking.dropped_until() as first,
               case aggregate when 'event_counts_15min' then date_bin('15 minutes', now() - interval '1 hour', '2000-01-01Z')
                              else tracking.midnight_before(now() - interval '1 hour') end as last
          from tracking.deployment
         where key = 'reporting_timezone'
    ),
    runs as (
        select timezone,
               unnest(range_agg(tstzrange(tracking.midnight_before(lower(period)), tracking.midnight_after(upper(period))))
                      * tstzmultirange(tstzrange(first, last))) as run
          from bounds
         cross join unnest(periods) as period
         where first < last
      group by timezone, first, last
    )
      select greatest(lower(run), day at time zone timezone),
             least(upper(run), (day + interval '10 days') at time zone timezone)
        from runs
       cross join lateral generate_series(date_trunc('day', lower(run) at time zone timezone),
                                          (upper(run) - interval '1 microsecond') at time zone timezone,
                                          interval '10 days') as day
    order by 1
$$;

-- Refreshes a window of whole buckets; anew: all of it, changed or not. Of what was dropped since somebody chose the
-- window, nothing is counted. The lock is of the session, since a refresh commits in between; one that fails leaves it to
-- the end of the connection.
create procedure tracking.refresh(aggregate regclass, since timestamptz, until timestamptz, anew boolean)
    language plpgsql
as $$
begin
    perform pg_advisory_lock_shared(hashtext('footfall: refresh'));
    since := greatest(since, tracking.dropped_until());
    if since < until then
        call refresh_continuous_aggregate(aggregate, since, until, force => anew);
    end if;
    perform pg_advisory_unlock_shared(hashtext('footfall: refresh'));
end
$$;

-- Up to when everything that lies before a moment is counted, in every aggregate: the first change behind a watermark,
-- or the first event beyond one; infinity where there is neither.
create function tracking.counted_until(before timestamptz) returns timestamptz
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

-- Takes note that raw events are gone before this moment, for good.
create function tracking.note_dropped(until timestamptz) returns void
    language sql
as $$
    insert into tracking.dropped (until) values (tracking.midnight_after(note_dropped.until))
    on conflict (only_one) do update set until = excluded.until where dropped.until < excluded.until
$$;

-- Drops the chunks that are past retention_days, and counted in every aggregate. Answers with the moment until which
-- raw events may be gone now; null where nothing was due. It first waits for the refreshes that run, then for whoever works on those
-- chunks, then for whoever has written old events: what these have written waits to be counted, and is not dropped.
-- Fails after five seconds of waiting; then it may be called again.
create function tracking.drop_raw_events() returns timestamptz
    language plpgsql
    set lock_timeout = '5s'
as $$
declare
    horizon constant timestamptz := now() - make_interval(days => tracking.decided('retention_days'));
    chunk   record;
    ends    timestamptz;
begin
    if tracking.decided('retention_days') = 0 then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtext('footfall: refresh'));
    for chunk in
          select format('%I.%I', chunk_schema, chunk_name) as name
            from timescaledb_information.chunks
           where (hypertable_schema, hypertable_name) = ('tracking', 'events')
             and range_end <= horizon
        order by range_end
    loop
        execute format('lock table %s in access exclusive mode', chunk.name);
    end loop;
    perform pg_advisory_xact_lock(hashtext('footfall: old events'));
    select max(range_end)
      into ends
      from timescaledb_information.chunks
     where (hypertable_schema, hypertable_name) = ('tracking', 'events')
       and range_end <= horizon
       and tracking.midnight_after(range_end) <= tracking.counted_until(horizon + interval '2 days');
    if ends is null then
        return null;
    end if;
    perform tracking.note_dropped(ends);
    perform drop_chunks('tracking.events', older_than => ends);
    return tracking.dropped_until();
end
$$;

-- Chunks that somebody dropped by hand: there are counts where no chunk is, or one that this transaction made. Answers with
-- the moment before which raw events are gone for that; null where there is no such hole. Not within the last three days,
-- since nothing could be written there any more. Looks at kept counts only: rows that are not refreshed yet need no notice.
create function tracking.hole() returns timestamptz
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    kept text;
    hole timestamptz;
begin
    select format('%I.%I', hypertable.schema_name, hypertable.table_name)
      into kept
      from _timescaledb_catalog.continuous_agg as aggregate
      join _timescaledb_catalog.hypertable on hypertable.id = aggregate.mat_hypertable_id
     where (aggregate.user_view_schema, aggregate.user_view_name) = ('tracking', 'event_counts_15min');
    execute format($kept$
        select max(counted.start)
          from (select _timescaledb_functions.to_timestamp(greatest(lower(gap), 0)) as first,
                       _timescaledb_functions.to_timestamp(least(upper(gap), 7258118400000000)) as last
                  from unnest(int8multirange(int8range(null, null))
                              - (select coalesce(range_agg(int8range(slice.range_start, slice.range_end)), '{}')
                                   from _timescaledb_catalog.dimension_slice as slice
                                   join _timescaledb_catalog.dimension on dimension.id = slice.dimension_id
                                   join _timescaledb_catalog.hypertable on hypertable.id = dimension.hypertable_id
                                  where (hypertable.schema_name, hypertable.table_name) = ('tracking', 'events')
                                    and slice.xmin is distinct from pg_current_xact_id_if_assigned()::xid)) as gap) as gaps
         cross join lateral (
                 select start
                   from %s
                  where start >= greatest(gaps.first, tracking.dropped_until())
                    and start <  least(gaps.last, date_trunc('day', now(), 'UTC') - interval '3 days')
               order by start desc
                  limit 1) as counted
    $kept$, kept) into hole;
    return tracking.midnight_after(date_trunc('day', hole, 'UTC') + interval '1 day');
end
$$;

-- Takes note of it, before a refresh would count the hole.
create function tracking.note_holes() returns void
    language sql
as $$
    select tracking.note_dropped(hole) from tracking.hole() where hole is not null
$$;

revoke all on all routines in schema tracking from public;
