-- What is unusual in the shares of a source and of its names, as tracking.volume_signals tells it of their counts: rejected
-- events, repeats, duplicates, crawlers, wrong clocks, and pairs of names. A score is minus the logarithm of a bound (Chernoff)
-- on the chance of such a share, if it is at most as high as it usually comes at this hour of the day.
-- Reads the four hours before, by the minute, of what has such events.
create or replace function tracking.share_signals(since timestamptz, until timestamptz)
    returns table (moment timestamptz, source text, name text, kind text, state text, wide integer, observed float8,
                   expected float8, score float8)
    language sql
    stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_nestloop = off
as $$
    with reporting as (
        select value as zone from tracking.deployment where key = 'reporting_timezone'
    ),
    hit as materialized (
        select start, source, name, kind, hits::integer, of::integer
          from tracking.arrival_shares
         where minutes = 1
           and start >= share_signals.since - interval '240 minutes'
           and start < share_signals.until
    ),
    -- whose share comes near an alarm at all in a quarter or an hour: of all others, no minute is looked at
    asked as materialized (
        select source, name, kind
          from hit
          join (select source, name, kind, min(least(usual + 3 * spread + 0.02, 0.98)) as bound
                  from tracking.usual_shares
              group by source, name, kind) as usually using (source, name, kind)
         where kind <> 'ratio' or bound < 0.5
        group by source, name, kind, bound,
                 grouping sets (date_bin('15 minutes', start, '2000-01-01Z'), date_bin('1 hour', start, '2000-01-01Z'))
          having tracking.share_score(sum(hits), sum(of), bound) >= 2
         union
        select source, name, kind from tracking.incidents where closed_at is null
    ),
    spans as materialized (
        select start + interval '1 minute' as moment, source, name, kind, hit.hits as now,
               extract(hour from (start + interval '1 minute') at time zone zone)::bigint as hour,
               array[sum(hits) over quarter, sum(hits) over hour, sum(hits) over hours] as hits,
               array[sum(of) over quarter, sum(of) over hour, sum(of) over hours] as of
          from hit
          join asked using (source, name, kind)
         cross join reporting
        window quarter as (partition by source, name, kind order by start
                           range between interval '14 minutes' preceding and current row),
               hour as (partition by source, name, kind order by start
                        range between interval '59 minutes' preceding and current row),
               hours as (partition by source, name, kind order by start
                         range between interval '239 minutes' preceding and current row)
    ),
    bounds as (
        select source, name, kind, hour, usual, bound,
               case when kind = 'ratio' then greatest(bound, 0.5) else bound end as allowed
          from tracking.usual_shares
         cross join least(usual + 3 * spread + 0.02, 0.98) as bound
         where source in (select sources.name from tracking.sources where revoked_at is null)
           and (kind <> 'ratio' or bound < 0.5)
    ),
    scored as (
        select moment, source, name, kind, (array[15, 60, 240])[nth] as wide, spans.hits[nth]::float8 / spans.of[nth] as share, usual,
               tracking.share_score(spans.hits[nth], spans.of[nth], bound) as score
          from spans
          join bounds using (source, name, kind, hour)
         cross join generate_series(1, 3) as nth
         where moment > share_signals.since
           and now > 0
           and spans.hits[nth] >= 5
           and spans.hits[nth] > allowed * spans.of[nth]
    ),
    alarms as materialized (
        select distinct on (moment, source, name, kind) moment, source, name, kind, wide, share, usual, score
          from (select scored.*, dispersion, strict.score as strict
                  from scored
                 cross join tracking.strict_threshold() as strict (score)
                  join (select source as sent_by, name as named, dispersion from tracking.usual_noise) as noise
                    on sent_by = source and named = case when kind = 'ratio' then '*' else name end) as weighed
         where score / dispersion >= strict - 3
      order by moment, source, name, kind, wide
    ),
    well as (
          select moment, source, name, kind
            from (select source, name, kind from alarms
                   union
                  select source, name, kind from tracking.incidents where closed_at is null) as wanted
            join spans using (source, name, kind)
            join bounds using (source, name, kind, hour)
           cross join generate_series(1, 3) as nth
           where moment > share_signals.since
        group by moment, source, name, kind
          having bool_and(spans.hits[nth] <= (allowed + 0.03) * spans.of[nth]) filter (where nth < 3 and spans.of[nth] >= 10)
    )
    select moment, source, name, kind, 'alarm', wide, share, usual, score
      from alarms
     where (moment, source, name, kind) not in (table well)
     union all
    select moment, source, name, kind, 'well', null, null, null, null from well
$$;
revoke all on function tracking.share_signals(timestamptz, timestamptz) from public;

-- Minus the logarithm of Chernoff's bound on the chance of at least `hits` of `of`, if the share is `bound`; 0 if there are less.
create or replace function tracking.share_score(hits float8, of float8, bound float8) returns float8
    language sql
    immutable
as $$
    select case when hits <= bound * of then 0
                else hits * ln(hits / (of * bound))
                     + case when hits < of then (of - hits) * ln((of - hits) / (of * (1 - bound))) else 0 end
           end
$$;
revoke all on function tracking.share_score(float8, float8, float8) from public;
