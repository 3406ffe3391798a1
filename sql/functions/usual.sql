-- What is usual in the quarters of an hour of [since, until): the median of the six weeks before at the same time of the
-- week, by the clock of the reporting timezone, and the median absolute deviation. Each week counts with the mean of five
-- quarters around the time, since a quarter of 30 events an hour is 7 events only. Weeks before the series began do not count.
-- Costs 30 rows of tracking.arrivals for each quarter and series.
create or replace function tracking.expect_arrivals(since timestamptz, until timestamptz) returns void
    language sql
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
    insert into tracking.usual_arrivals
    with zone as (
        select value as name from tracking.deployment where key = 'reporting_timezone'
    ),
    moments as materialized (
        select at as start, week,
               date_bin('15 minutes', ((at at time zone zone.name) - make_interval(weeks => week)) at time zone zone.name,
                        '2000-01-01Z') as then
          from generate_series(since, until - interval '1 microsecond', interval '15 minutes') as at
         cross join generate_series(1, 6) as week
         cross join zone
    ),
    weeks as (
        select moments.start, series.source, series.name, week, coalesce(actions, 0) / 5 as actions
          from moments
          join tracking.alarm_series as series
            on series.first_at <= moments.then - interval '30 minutes'
         cross join lateral (
                   select sum(arrivals.actions)
                     from tracking.arrivals
                    where minutes = 15
                      and arrivals.source = series.source
                      and arrivals.name = series.name
                      and arrivals.start between moments.then - interval '30 minutes'
                                             and moments.then + interval '30 minutes'
               ) as five (actions)
    ),
    medians as (
          select start, source, name, percentile_cont(0.5) within group (order by actions) as expected
            from weeks
        group by start, source, name
    )
      select start, source, name, expected,
             1.78 * percentile_cont(0.5) within group (order by abs(actions - expected))  -- 1.48, and 1.2 since it is of six
        from weeks
        join medians using (start, source, name)
    group by start, source, name, expected
    on conflict do nothing
$$;
revoke all on function tracking.expect_arrivals(timestamptz, timestamptz) from public;

-- How uneven each series was in the weeks before, and its usual shares by the hour of the day. Both change slowly: once a
-- week is enough. Reads six weeks of quarters.
create or replace function tracking.weigh_arrivals(until timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    quarter constant timestamptz := date_bin('15 minutes', until, '2000-01-01Z');
    zone    constant text := (select value from tracking.deployment where key = 'reporting_timezone');
begin
    analyze tracking.arrivals, tracking.alarm_series, tracking.usual_arrivals;  -- the embedded engine does it by nothing else
    delete from tracking.usual_noise;
    insert into tracking.usual_noise
    with quarters as (
        select series.source, series.name, coalesce(actions, 0) as actions,
               lag(coalesce(actions, 0)) over (partition by series.source, series.name order by at) as before
          from tracking.alarm_series as series
         cross join generate_series(quarter - interval '28 days', quarter - interval '15 minutes', interval '15 minutes') as at
          left join tracking.arrivals
                 on minutes = 15 and start = at
                and arrivals.source = series.source and arrivals.name = series.name
         where at >= first_at
    ),
    uneven as (
          select source, name,
                 greatest(1, avg((actions - before) ^ 2 / (actions + before)) filter (where actions + before > 0))
                     as dispersion
            from quarters
        group by source, name
    ),
    varied as (
          select source, name,
                 greatest(0.01, (sum(spread ^ 2 - dispersion * expected / 5) / nullif(sum(expected ^ 2), 0))) as variation
            from uneven
            join tracking.usual_arrivals using (source, name)
           where start >= quarter - interval '7 days'
             and start < quarter
        group by source, name
    )
    select source, name, dispersion, coalesce(variation, 0.05)
      from uneven
      left join varied using (source, name);

    delete from tracking.usual_shares;
    insert into tracking.usual_shares
    with hours as materialized (
          select shares.source, shares.name, shares.kind, date_bin('1 hour', start, '2000-01-01Z') as hour,
                 sum(hits) as hits, sum(of) as of
            from tracking.arrival_shares as shares
           where minutes = 15
             and start >= quarter - interval '42 days'
             and start < quarter
        group by 1, 2, 3, 4
    ),
    around as (
        select source, name, kind, extract(hour from hour at time zone zone)::bigint as hour,
               sum(hits) over near as hits, sum(of) over near as of
          from hours
        window near as (partition by source, name, kind order by hour
                        range between interval '1 hour' preceding and interval '1 hour' following)
    ),
    medians as (
          select source, name, kind, hour, percentile_cont(0.5) within group (order by hits / of) as usual,
                 1 / avg(1 / of) as of
            from around
           where of >= 10
        group by source, name, kind, hour
          having count(*) >= 7
    )
      select around.hour, around.source, around.name, around.kind, usual,
             sqrt(greatest(0, (1.48 * percentile_cont(0.5) within group (order by abs(hits / around.of - usual))) ^ 2
                              - usual * (1 - usual) / medians.of))
        from around
        join medians using (source, name, kind, hour)
       where around.of >= 10
    group by around.hour, around.source, around.name, around.kind, usual, medians.of;
    analyze tracking.usual_noise, tracking.usual_shares;
end
$$;
revoke all on function tracking.weigh_arrivals(timestamptz) from public;
