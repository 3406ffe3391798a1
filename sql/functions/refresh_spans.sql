-- The ranges that together refresh the given periods of an aggregate: each of whole days, ten at most, no day before
-- dropped_until(), and up to the last whole bucket that ended an hour ago. Oldest first: then real time leaves no gap.
create or replace function tracking.refresh_spans(aggregate text, periods tstzmultirange)
    returns table (since timestamptz, until timestamptz)
    language sql
    stable
as $$
    with bounds as (
        select value as timezone,
               tracking.dropped_until() as first,
               case aggregate when 'event_counts_15min' then date_bin('15 minutes', now() - interval '1 hour', '2000-01-01Z')
                              when 'activity_hourly' then date_bin('1 hour', now() - interval '1 hour', '2000-01-01Z')
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
revoke all on function tracking.refresh_spans(text, tstzmultirange) from public;
