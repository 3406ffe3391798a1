-- Sums the ledger of [since, until), full minutes, into tracking.arrivals: by the minute, and by each quarter of an hour that
-- it touches. What was summed before is summed anew, so that it may run twice. Rows that only an import can bring, older than
-- LATENESS_DAYS, are left out. Beyond 200 names of a source, new ones count for the source only.
-- Reads the ledger of these minutes, by its index of time.
create or replace function tracking.sum_arrivals(since timestamptz, until timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    first_quarter constant timestamptz := date_bin('15 minutes', since, '2000-01-01Z');
    lateness      constant interval := make_interval(days => tracking.decided('lateness_days'));
begin
    delete from tracking.arrivals where minutes = 1 and start >= since and start < until;
    with lines as (
        select date_bin('1 minute', received_at, '2000-01-01Z') as minute, source, name, verdict, events,
               verdict in ('accepted', 'own')
                   and (occurred_to < received_at - interval '10 minutes'
                        or occurred_from > received_at + interval '1 minute') as is_off
          from tracking.ingest_ledger
         where received_at >= since
           and received_at < until
           and (occurred_from is null or occurred_from >= received_at - lateness)
    ),
    summed as (
        select minute, coalesce(source, '*') as source,
               case when source is null or grouping(name) = 1 then '*' else name end as name,
               sum(events) as sent,
               sum(events) filter (where verdict in ('accepted', 'own', 'rejected', 'conflict')) as actions,
               sum(events) filter (where verdict in ('rejected', 'conflict')) as rejected,
               sum(events) filter (where verdict = 'duplicate') as duplicate,
               sum(events) filter (where verdict = 'repeat') as repeat,
               sum(events) filter (where verdict in ('bot', 'prefetch')) as bot,
               sum(events) filter (where is_off) as clock
          from lines
         group by grouping sets ((minute, source, name), (minute, source), (minute))
    ),
    arrived as (
          select source, name, min(minute) as first_at, sum(sent) as sent
            from summed
        group by 1, 2
    ),
    added as (
        insert into tracking.alarm_series
        select source, name, first_at
          from (select source, name, first_at, row_number() over (partition by source order by sent desc) as nth
                  from arrived
                 where not exists (select
                                     from tracking.alarm_series as known
                                    where (known.source, known.name) = (arrived.source, arrived.name))
               ) as unknown
         where nth + (select count(*) from tracking.alarm_series as known where known.source = unknown.source) <= 201
            or name = '*'
        on conflict do nothing
        returning source, name
    )
    insert into tracking.arrivals
    select 1, minute, source, name, sent, coalesce(actions, 0), coalesce(rejected, 0), coalesce(duplicate, 0),
           coalesce(repeat, 0), coalesce(bot, 0), coalesce(clock, 0)
      from summed
      join (table added union all select source, name from tracking.alarm_series) as series using (source, name);

    delete from tracking.arrivals where minutes = 15 and start >= first_quarter and start < until;
    insert into tracking.arrivals
      select 15, date_bin('15 minutes', start, '2000-01-01Z'), source, name, sum(sent), sum(actions), sum(rejected),
             sum(duplicate), sum(repeat), sum(bot), sum(clock)
        from tracking.arrivals
       where minutes = 1
         and start >= first_quarter
         and start < until
    group by 2, 3, 4;
end
$$;
revoke all on function tracking.sum_arrivals(timestamptz, timestamptz) from public;

-- `click__*` as a pattern of LIKE, in which an underscore stands for itself.
create or replace function tracking.pattern(glob text) returns text
    language sql
    immutable
as $$
    select replace(replace(replace(glob, '\', '\\'), '_', '\_'), '*', '%')
$$;
revoke all on function tracking.pattern(text) from public;

-- The shares that are watched: `hits` of `of` events, for each kind. A pair of names is a share, too: of the fewer in both.
create or replace view tracking.arrival_shares as
select minutes, start, source, name, kind, hits, sent as of
  from tracking.arrivals
 cross join lateral (values ('rejected', rejected), ('duplicate', duplicate), ('repeat', repeat), ('bot', bot),
                            ('clock', clock)) as each (kind, hits)
 where source <> '*'
 union all
  select minutes, start, source, format('%s > %s', fewer, more), 'ratio',
         coalesce(sum(actions) filter (where name like tracking.pattern(fewer)), 0),
         sum(actions)
    from tracking.alarm_pairs
    join tracking.arrivals on name like any (array[tracking.pattern(fewer), tracking.pattern(more)])
   where source <> '*'
     and name <> '*'
group by minutes, start, source, fewer, more;
