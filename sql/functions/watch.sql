-- One step of the alarms: sums what arrived until then, says what is usual, and judges each minute since the last step, of a
-- day at most. until: a full minute; settled: no commit will add to what arrived before it.
-- After a pause of the scheduler it judges what arrived meanwhile, by the time of arrival: nothing looks silent. Before the
-- first step nothing is judged, and six weeks of the ledger are summed.
create or replace function tracking.watch(until timestamptz, settled timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    state   tracking.alarm_state;
    oldest  constant timestamptz := date_bin('15 minutes', until, '2000-01-01Z') - interval '45 days';
    quarter timestamptz;
    since   timestamptz;
begin
    select * into state from tracking.alarm_state for update;
    if state.judged_until >= until then
        return;
    end if;
    perform tracking.sum_arrivals(greatest(state.settled_until, oldest), until);
    if state.judged_until is not null then
        since := greatest(state.judged_until, until - interval '1 day');
        select max(start) + interval '15 minutes' into quarter from tracking.usual_arrivals;
        perform tracking.expect_arrivals(
            greatest(quarter, date_bin('15 minutes', since - interval '7 hours', '2000-01-01Z')), until);
        if state.weighed_at >= since - interval '7 days' then
            null;
        else
            perform tracking.weigh_arrivals(since);
            state.weighed_at := since;
        end if;
        perform tracking.judge_arrivals(since, until);
    end if;
    update tracking.alarm_state
       set settled_until = least(date_bin('1 minute', settled, '2000-01-01Z'), watch.until), judged_until = watch.until,
           weighed_at = state.weighed_at;
end
$$;
revoke all on function tracking.watch(timestamptz, timestamptz) from public;

-- Opens, updates and closes incidents for the minutes that ended in (since, until], by the signals of each. Where all sources
-- fall at once, or all names of one, that is one incident: while it is open, none opens within it.
create or replace function tracking.judge_arrivals(since timestamptz, until timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    signal record;
    open   text[];
    key    text;
begin
    update tracking.incidents
       set closed_at = until, closed_by = 'revoked'
     where closed_at is null
       and source in (select name from tracking.sources where revoked_at is not null);
    update tracking.incidents  -- what has been so for six weeks is usual
       set closed_at = until, closed_by = 'itself'
     where closed_at is null
       and opened_at < since - interval '42 days';
    open := array(select format('%s/%s/%s', source, kind, name) from tracking.incidents where closed_at is null);
    for signal in
          select *
            from (select * from tracking.volume_signals(since, until)
                   union all
                  select * from tracking.share_signals(since, until)) as signals
        order by moment, source <> '*', name <> '*', state, kind in ('fewer', 'more'), score desc, kind, source, name
    loop
        key := format('%s/%s/%s', signal.source, signal.kind, signal.name);
        if key = any (open) then
            update tracking.incidents
               set seen_at = signal.moment
             where (source, name, kind) = (signal.source, signal.name, signal.kind)
               and closed_at is null
               and signal.state = 'alarm';
            continue when found;
            update tracking.incidents
               set closed_at = signal.moment, closed_by = 'itself'
             where (source, name, kind) = (signal.source, signal.name, signal.kind)
               and closed_at is null;
            open := array_remove(open, key);
        elsif signal.state = 'alarm'
          and not tracking.is_within(open, signal.source, signal.name, signal.kind)
          and not tracking.is_old(signal.moment, signal.source, signal.name, signal.wide)
          and (signal.source = '*' or signal.name <> '*' or tracking.is_spread(signal.moment, signal.source, signal.kind)) then
            perform tracking.open_incident(signal.moment, signal.source, signal.name, signal.kind, signal.observed,
                                           signal.expected);
            open := open || key;
        end if;
    end loop;
end
$$;
revoke all on function tracking.judge_arrivals(timestamptz, timestamptz) from public;

-- Whether one of the open incidents (source/kind/name) explains such an alarm: it is wider, or of the same series. What takes
-- events away explains all kinds; and why there are more clicks than views, if views are lacking.
create or replace function tracking.is_within(open text[], source text, name text, kind text) returns boolean
    language sql
    immutable
as $$
    select exists (
        select
          from unnest(open) as one
         cross join regexp_match(one, '^([^/]+)/([^/]+)/(.*)$') as part
         where (part[1] = '*' or part[1] = source and (part[3] in ('*', name) or kind = 'ratio'))
           and (part[2] in (kind, 'fewer', 'rejected', 'clock') or kind = 'ratio' and part[2] = 'more'))
$$;
revoke all on function tracking.is_within(text[], text, text, text) from public;

-- Whether the minutes in which something is wrong reach back to an incident that is over: it is not told a second time.
create or replace function tracking.is_old(moment timestamptz, source text, name text, wide integer) returns boolean
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
          from tracking.incidents as before
         where before.closed_at > is_old.moment - make_interval(mins => wide)
           and (is_old.source = '*' or before.source in ('*', is_old.source))
           and (is_old.name = '*' or before.name in ('*', is_old.name) or before.kind = 'ratio' or is_old.name like '% > %'))
$$;
revoke all on function tracking.is_old(timestamptz, text, text, integer) from public;

-- Whether what is wrong with a source at a moment is wrong without its worst name, too: else it is an incident of that name.
create or replace function tracking.is_spread(moment timestamptz, source text, kind text) returns boolean
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    with parts as (
          select arrivals.name,
                 sum(case is_spread.kind when 'fewer' then actions when 'more' then actions when 'rejected' then rejected
                                         when 'duplicate' then duplicate when 'repeat' then repeat when 'bot' then bot
                                         when 'clock' then clock end) as hits,
                 sum(sent) as of
            from tracking.arrivals
           where minutes = 1
             and start >= is_spread.moment - interval '30 minutes'
             and start < is_spread.moment
             and arrivals.source = is_spread.source
        group by arrivals.name
    ),
    usual as (
          select usual.name, sum(expected) * 2 as expected  -- of half an hour
            from tracking.usual_arrivals as usual
           where start = date_bin('15 minutes', is_spread.moment - interval '15 minutes', '2000-01-01Z')
             and usual.source = is_spread.source
        group by usual.name
    ),
    rest as (
        select sum(hits) as hits, sum(of) as of, sum(expected) as expected, count(*) as names
          from (select coalesce(hits, 0) as hits, of, expected,
                       row_number() over (order by case is_spread.kind when 'fewer' then expected - coalesce(hits, 0)
                                                                       when 'more' then hits - expected
                                                                       else hits end desc nulls last) as nth
                  from parts
                  full join usual using (name)
                 where name <> '*') as ranked
         where nth > 1
    )
    select case when names = 0 then true
                when is_spread.kind = 'fewer' then hits < expected - 2 * sqrt(expected)
                when is_spread.kind = 'more' then hits > expected + 2 * sqrt(expected)
                else coalesce(tracking.share_score(hits, of, (select max(least(usual + 3 * spread + 0.02, 0.98))
                                                                from tracking.usual_shares
                                                               where usual_shares.source = is_spread.source
                                                                 and usual_shares.name = '*'
                                                                 and usual_shares.kind = is_spread.kind)) >= 4, false)
           end
      from rest
$$;
revoke all on function tracking.is_spread(timestamptz, text, text) from public;
