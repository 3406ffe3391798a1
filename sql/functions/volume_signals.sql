-- What is unusual in how many actions there are, at the end of each minute of (since, until], at most a day; and what is well
-- again. `state` is 'alarm' at each such minute; for what was an alarm in this time, or is an open incident, it is 'well' at each
-- minute at which nothing is wrong.
--
-- A score is minus the logarithm of a bound (Chernoff) on the chance of such a count if all is as usual, which is a Poisson
-- distribution with a mean that varies (gamma): the median of six weeks, scattered as much as these did, and corrected by the
-- hour or so before. The threshold,
-- ln(15000 * series), lets a false alarm pass in some weeks, over all series together. From 30 events an hour on, silence is
-- told at 4.5 below that, or at 80% of what a quarter of an hour brings: else 15 minutes of it would not be enough.
--
-- Each name is held against the rest of its source, too, and each source against the other sources: on a holiday all fall.
-- What stands alone is only held against itself; hence it has to lose three quarters.
-- Reads the six hours before, by the minute: 360 rows a series.
create or replace function tracking.volume_signals(since timestamptz, until timestamptz)
    returns table (moment timestamptz, source text, name text, kind text, state text, wide integer, observed float8,
                   expected float8, score float8)
    language sql
    stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_nestloop = off
as $$
    with watched as materialized (
        select series.source, series.name, dispersion, 1 / variation as shape, strict.score as strict
          from tracking.alarm_series as series
         cross join tracking.strict_threshold() as strict (score)
          join tracking.usual_noise using (source, name)
         where first_at <= volume_signals.since - interval '21 days'
           and case when series.source = '*'
                    then (select count(*) > 1 from tracking.alarm_series as other where other.name = '*' and other.source <> '*')
                    else exists (select from tracking.sources where sources.name = series.source and revoked_at is null)
               end
    ),
    running as (
        select watched.source, watched.name, at as start, coalesce(arrivals.actions, 0) as n,
               sum(coalesce(arrivals.actions, 0)) over so_far as n_sum,
               sum(coalesce(usual.expected, 0) / 15) over so_far as e_sum
          from watched
         cross join generate_series(volume_signals.since - interval '361 minutes',
                                    volume_signals.until - interval '1 minute', interval '1 minute') as at
          left join tracking.arrivals
                 on arrivals.minutes = 1 and arrivals.start = at
                and arrivals.source = watched.source and arrivals.name = watched.name
                and arrivals.start >= volume_signals.since - interval '361 minutes'
                and arrivals.start < volume_signals.until
          left join tracking.usual_arrivals as usual
                 on usual.start = date_bin('15 minutes', at, '2000-01-01Z')
                and usual.source = watched.source and usual.name = watched.name
                and usual.start >= volume_signals.since - interval '376 minutes'
                and usual.start < volume_signals.until
        window so_far as (partition by watched.source, watched.name order by at)
    ),
    spans as materialized (
        select start + interval '1 minute' as moment, source, name,
               greatest(e_sum - lag(e_sum, 60) over so_far, 4 * (e_sum - lag(e_sum, 15) over so_far)) as an_hour,
               coalesce(extract(epoch from start - max(start) filter (where n > 0) over so_far) / 60, 360) as gap,
               array[0, n_sum - lag(n_sum, 15) over so_far, n_sum - lag(n_sum, 30) over so_far,
                     n_sum - lag(n_sum, 60) over so_far, n_sum - lag(n_sum, 120) over so_far,
                     n_sum - lag(n_sum, 360) over so_far] as n,
               array[e_sum - coalesce(max(e_sum) filter (where n > 0) over so_far, first_value(e_sum) over so_far),
                     e_sum - lag(e_sum, 15) over so_far, e_sum - lag(e_sum, 30) over so_far,
                     e_sum - lag(e_sum, 60) over so_far, e_sum - lag(e_sum, 120) over so_far,
                     e_sum - lag(e_sum, 360) over so_far] as e
          from running
        window so_far as (partition by source, name order by start)
    ),
    bounded as materialized (
        select moment, source, name, wide, n, e, gap, an_hour, is_alone, strict, dispersion, shape + n_before as shape,
               e * least(1, others) as low, greatest(1, e * greatest(1, others)) as high,
               (shape + n_before) / (shape + e_before) as level
          from (select spans.moment, spans.source, spans.name, nth, (array[0, 15, 30, 60, 120, 360])[nth] as wide,
                       spans.n[nth] as n, spans.e[nth] as e, spans.gap, spans.an_hour, dispersion, shape, strict,
                       -- the hour or so before
                       case when nth < 6 then spans.n[around] - case when nth > 1 then spans.n[nth] else 0 end
                            else 0 end as n_before,
                       case when nth < 6 then spans.e[around] - spans.e[nth] else 0 end as e_before,
                       spans.name = '*' and coalesce(above.an_hour - spans.an_hour, 0) < 5 as is_alone,
                       -- how the others do meanwhile
                       coalesce((greatest(above.n[greatest(nth, 2)] - spans.n[greatest(nth, 2)], 0) + 10)
                                / (greatest(above.e[greatest(nth, 2)] - spans.e[greatest(nth, 2)], 0) + 10), 1) as others
                  from spans
                  join watched using (source, name)
                  left join spans as above
                         on above.moment = spans.moment and above.name = '*' and spans.source <> '*'
                        and above.source = case when spans.name = '*' then '*' else spans.source end
                 cross join generate_series(1, 6) as nth
                 cross join lateral (values ((array[4, 4, 5, 5, 6, 6])[nth])) as before (around)
                 where spans.moment > volume_signals.since) as compared
    ),
    scored as (
        select moment, source, name, 'fewer' as kind, case wide when 0 then ceil(gap)::integer else wide end as wide, n, mean,
               (case when n > 0 then n * ln(n / mean) else 0 end - (n + shape) * ln((n + shape) / (mean + shape)))
                   / dispersion as score,
               case when n = 0 and wide <= 15 and an_hour >= 30
                    then least(strict, greatest(strict - 4.5, 0.8 * mean / e * an_hour / 4 / dispersion))
                    else strict end as threshold
          from bounded
         cross join lateral (values (low * least(1, level))) as each (mean)
         where n < mean * case when is_alone then 0.25 else 0.67 end
           and e > 0
           and (wide > 0 or gap >= 5)
         union all
        select moment, source, name, 'more', wide, n, mean,
               (n * ln(n / mean) - (n + shape) * ln((n + shape) / (mean + shape))) / dispersion, strict
          from bounded
         cross join lateral (values (high * greatest(1, level))) as each (mean)
         where n > mean * 1.8
           and an_hour >= 5
           and not is_alone
    ),
    alarms as materialized (
        select distinct on (moment, source, name, kind) moment, source, name, kind, wide, n, mean, score
          from scored
         where score >= threshold
      order by moment, source, name, kind, wide
    ),
    asked as (
        select source, name, kind from alarms
         union
        select source, name, kind from tracking.incidents where closed_at is null
    ),
    well as (
          select moment, source, name, kind
            from asked
            join bounded using (source, name)
           where kind in ('fewer', 'more')
             and wide between 15 and 360
        group by moment, source, name, kind
          having bool_and(case kind when 'fewer' then n >= 0.5 * low else n <= 1.6 * high end) filter (where wide = 15)
             and (array_agg(case kind when 'fewer' then n >= 0.75 * low else n <= 1.3 * high end order by wide)
                      filter (where wide >= 30 and low >= 8))[1]
    )
    select moment, source, name, kind, 'alarm', wide, n, mean, score
      from alarms
     where (moment, source, name, kind) not in (table well)
     union all
    select moment, source, name, kind, 'well', null, null, null, null from well
$$;
revoke all on function tracking.volume_signals(timestamptz, timestamptz) from public;

-- The score of which, over all series, a false alarm comes in some weeks.
create or replace function tracking.strict_threshold() returns float8
    language sql
    stable
as $$
    select ln(15000.0 * greatest(count(*), 1))::float8 from tracking.alarm_series
$$;
revoke all on function tracking.strict_threshold() from public;
