-- Opens an incident, and says when it began and what changed then. It began where the counts of the six hours before turn: at
-- the lowest point of the running sum of what is bad. Narrower incidents of the kind are over: they are this one.
create or replace function tracking.open_incident(moment timestamptz, source text, name text, kind text, observed float8,
                                                  expected float8) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    of_all  constant boolean := source = '*';
    began   timestamptz;
    good    timestamptz;
    bad     timestamptz;
    release jsonb;
    shares  jsonb;
    reason  text;
begin
    select start + interval '1 minute' into began
      from (select at as start,
                   sum(case open_incident.kind when 'fewer' then 0.75 * coalesce(usual.expected, 0) / 15 - coalesce(actions, 0)
                                               when 'more' then coalesce(actions, 0) - 1.4 * coalesce(usual.expected, 0) / 15
                                               else coalesce(hits - of * (observed + open_incident.expected) / 2, 0) end)
                       over (order by at) as badness
              from generate_series(moment - interval '6 hours', moment - interval '1 minute', interval '1 minute') as at
              left join tracking.arrivals
                     on arrivals.minutes = 1 and arrivals.start = at and arrivals.source = open_incident.source
                    and arrivals.name = open_incident.name
              left join tracking.usual_arrivals as usual
                     on usual.start = date_bin('15 minutes', at, '2000-01-01Z') and usual.source = open_incident.source
                    and usual.name = open_incident.name
              left join tracking.arrival_shares as shares
                     on shares.minutes = 1 and shares.start = at and shares.source = open_incident.source
                    and shares.name = open_incident.name and shares.kind = open_incident.kind
             where at < moment - interval '1 minute') as running
  order by badness, start desc
     limit 1;

    select max(received_at) filter (where received_at < began and verdict in ('accepted', 'own')),
           min(received_at) filter (where received_at >= began
                                      and verdict = case open_incident.kind when 'more' then 'accepted'
                                                                            when 'clock' then 'accepted'
                                                                            else open_incident.kind end)
      into good, bad
      from tracking.ingest_ledger as line
     where received_at >= began - interval '1 day'
       and received_at < moment
       and (of_all or line.source = open_incident.source)
       and (open_incident.name in ('*', line.name) or open_incident.kind = 'ratio');

    select jsonb_build_object('source', source, 'release', release, 'deployed_at', deployed_at) into release
      from tracking.releases
     where (of_all or source = open_incident.source)
       and deployed_at between began - interval '1 day' and moment
  order by deployed_at > coalesce(bad, began), abs(extract(epoch from deployed_at - coalesce(bad, began)))
     limit 1;

    select jsonb_object_agg(kind, jsonb_build_array(round(before::numeric, 4), round(after::numeric, 4))) into shares
      from (select each.kind,
                   coalesce(sum(hits) filter (where start < began) / nullif(sum(sent) filter (where start < began), 0), 0) as before,
                   coalesce(sum(hits) filter (where start >= began) / nullif(sum(sent) filter (where start >= began), 0), 0) as after
              from tracking.arrivals
             cross join lateral (values ('rejected', rejected), ('duplicate', duplicate), ('repeat', repeat), ('bot', bot),
                                        ('clock', clock)) as each (kind, hits)
             where minutes = 1
               and start >= began - interval '1 day'
               and start < moment
               and source = open_incident.source
               and name = case when open_incident.kind = 'ratio' then '*' else open_incident.name end
          group by each.kind) as compared
     where greatest(before, after) >= 0.01;

    select field || ': ' || reason into reason
      from tracking.rejected_events
     where open_incident.kind = 'rejected'
       and received_at >= began
       and received_at < moment
       and source = open_incident.source
       and (open_incident.name = '*' or coalesce(name, '') = open_incident.name)
  group by field, reason
  order by count(*) desc
     limit 1;

    update tracking.incidents
       set closed_at = moment, closed_by = 'wider'
     where closed_at is null
       and kind = open_incident.kind
       and open_incident.name = '*'
       and (of_all or source = open_incident.source);
    insert into tracking.incidents (source, name, kind, opened_at, last_good_at, first_bad_at, observed, expected, seen_at,
                                    changed)
    values (source, name, kind, moment, good, coalesce(bad, began), observed, expected, moment,
            jsonb_strip_nulls(jsonb_build_object('release', release, 'shares', shares, 'reason', left(reason, 200))))
    on conflict (source, name, kind) where closed_at is null do nothing;
end
$$;
revoke all on function tracking.open_incident(timestamptz, text, text, text, float8, float8) from public;
