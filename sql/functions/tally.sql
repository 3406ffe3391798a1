-- Tallies: the numbers of the whole platform, hour by hour and day by day, of all that was noted until tracking.noted_arrivals. A late
-- event is added to them, and people are counted by whom a tally knows; so it costs the same however many events the day has. Whoever
-- calls these holds the lock on tracking.noted_arrivals.

create or replace function tracking.tally_slot(id text) returns smallint
    language sql
    immutable
    parallel safe
as $$
    select get_byte(sha256(convert_to(id, 'UTF8')), 0)::smallint
$$;
revoke all on function tracking.tally_slot(text) from public;

-- How long a bucket of activity_hourly is.
create or replace function tracking.tally_hour() returns interval
    language sql
    stable
as $$
    select case when tracking.has_whole_hours(timezone) then interval '1 hour' else interval '15 minutes' end from tracking.reporting
$$;
revoke all on function tracking.tally_hour() from public;

-- Counts the hours from `first` until before `ends` that have no tally, of what arrived before `reach`: all their events are read.
create or replace function tracking.tally_hours(first timestamptz, ends timestamptz, reach timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    hour constant interval := tracking.tally_hour();
begin
    with made as (
        insert into tracking.tallied (aggregate, bucket)
        select 'activity_hourly', bucket from generate_series(first, ends - interval '1 microsecond', hour) as bucket
        on conflict do nothing
        returning bucket
    )
    insert into tracking.tallies (aggregate, bucket, name, source, events)
      select 'activity_hourly', bucket, name, source, events
        from (select date_bin(hour, occurred_at, '2000-01-01Z') as bucket, name, source, count(*) as events
                from tracking.events
               where occurred_at >= first
                 and occurred_at < ends
                 and received_at < reach
                 and excluded is null
            group by 1, 2, 3) as counted
        join made using (bucket);
end
$$;
revoke all on function tracking.tally_hours(timestamptz, timestamptz, timestamptz) from public;

-- Counts a day that has no tally, of what arrived before `reach`: all its events are read.
create or replace function tracking.tally_day(first timestamptz, ends timestamptz, reach timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
    set jit = off
as $$
begin
    insert into tracking.tallied (aggregate, bucket) values ('activity_daily', first);
    with seen as materialized (
        select name, source, creator, receiver_type || ':' || receiver_id as receiver
          from tracking.events
         where occurred_at >= first
           and occurred_at < ends
           and received_at < reach
           and excluded is null
    ),
    known as (
        insert into tracking.tallied_ids (bucket, name, source, what, slot, ids)
          select first, name, source, what, tracking.tally_slot(id), array_agg(id)
            from (select distinct name, source, 'creator' as what, creator as id from seen
                   union all
                  select distinct name, source, 'receiver', receiver from seen) as different
        group by name, source, what, tracking.tally_slot(id)
        returning name, source, what, cardinality(ids) as different
    )
    insert into tracking.tallies (aggregate, bucket, name, source, events, creators, receivers)
      select 'activity_daily', first, name, source, events, creators, receivers
        from (select name, source, count(*) as events from seen group by 1, 2) as counted
        join (select name, source, sum(different) filter (where what = 'creator') as creators,
                     sum(different) filter (where what = 'receiver') as receivers
                from known
            group by 1, 2) as people using (name, source);
end
$$;
revoke all on function tracking.tally_day(timestamptz, timestamptz, timestamptz) from public;

-- Adds the temporary table `arrived` to the tallies that there are: (occurred_at, creator, receiver_type, receiver_id, name, source).
create or replace function tracking.tally_arrived() returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    hour constant interval := tracking.tally_hour();
    zone constant text := (select timezone from tracking.reporting);
begin
    insert into tracking.tallies as old (aggregate, bucket, name, source, events)
      select aggregate, bucket, name, source, count(*)
        from arrived
        join tracking.tallied on aggregate = 'activity_hourly' and bucket = date_bin(hour, occurred_at, '2000-01-01Z')
    group by 1, 2, 3, 4
    on conflict (aggregate, bucket, name, source) do update set events = old.events + excluded.events;

    with added as materialized (
        select bucket, name, source, creator, receiver_type || ':' || receiver_id as receiver
          from arrived
          join tracking.tallied on aggregate = 'activity_daily' and bucket = date_trunc('day', occurred_at, zone)
    ),
    new as (
        select different.*
          from (select distinct bucket, name, source, 'creator' as what, tracking.tally_slot(creator) as slot, creator as id from added
                 union all
                select distinct bucket, name, source, 'receiver', tracking.tally_slot(receiver), receiver from added) as different
          left join tracking.tallied_ids as known using (bucket, name, source, what, slot)
         where id = any (ids) is not true
    ),
    learnt as (
        insert into tracking.tallied_ids as known (bucket, name, source, what, slot, ids)
          select bucket, name, source, what, slot, array_agg(id) from new group by 1, 2, 3, 4, 5
        on conflict (bucket, name, source, what, slot) do update set ids = known.ids || excluded.ids
    )
    insert into tracking.tallies as old (aggregate, bucket, name, source, events, creators, receivers)
      select 'activity_daily', bucket, name, source, events, coalesce(creators, 0), coalesce(receivers, 0)
        from (select bucket, name, source, count(*) as events from added group by 1, 2, 3) as counted
        left join (select bucket, name, source, count(*) filter (where what = 'creator') as creators,
                          count(*) filter (where what = 'receiver') as receivers
                     from new
                 group by 1, 2, 3) as people using (bucket, name, source)
    on conflict (aggregate, bucket, name, source) do update
           set events = old.events + excluded.events, creators = old.creators + excluded.creators,
               receivers = old.receivers + excluded.receivers;
end
$$;
revoke all on function tracking.tally_arrived() from public;

-- Makes the tallies that the temporary table `late` needs and that are not there: of what arrived before `reach`.
create or replace function tracking.tally_late(reach timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    hour constant interval := tracking.tally_hour();
    zone constant text := (select timezone from tracking.reporting);
begin
    perform tracking.tally_day(bucket, (bucket at time zone zone + interval '1 day') at time zone zone, reach)
       from (select distinct date_trunc('day', occurred_at, zone) as bucket from late) as days
      where bucket < (select tracking.moment(watermark) from tracking.aggregates where name = 'activity_daily')
        and not exists (select from tracking.tallied where (aggregate, tallied.bucket) = ('activity_daily', days.bucket));
    perform tracking.tally_hours(bucket, bucket + hour, reach)
       from (select distinct date_bin(hour, occurred_at, '2000-01-01Z') as bucket from late) as hours
      where bucket < (select tracking.moment(watermark) from tracking.aggregates where name = 'activity_hourly')
        and not exists (select from tracking.tallied where (aggregate, tallied.bucket) = ('activity_hourly', hours.bucket));
end
$$;
revoke all on function tracking.tally_late(timestamptz) from public;

-- Makes the tallies of the newest day that is over, can have late events and has none, before a late event waits for it; forgets those
-- of days that are final. Returns whether there was such a day. A transaction of its own.
create or replace function tracking.tally_ended_day() returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    zone   constant text := (select timezone from tracking.reporting);
    oldest constant timestamptz := tracking.midnight_before(now() - make_interval(days => tracking.decided('lateness_days'), hours => 1));
    known  timestamptz;
    day    timestamptz;
    ends   timestamptz;
begin
    select until into known from tracking.noted_arrivals for update;
    delete from tracking.tallied where bucket < oldest;
    -- what was put back and is not noted yet would be counted, and added later
    if known is null or exists (select from tracking.noted_inbox) then
        return false;
    end if;
    execute (select format($newest$
                 select max(day)
                   from %s as kept
                  where day >= $1
                    and day < $2
                    and not exists (select from tracking.tallied where (aggregate, bucket) = ('activity_daily', kept.day))
             $newest$, kept) from tracking.aggregates where name = 'activity_daily')
       into day
      using greatest(oldest, tracking.dropped_until()),
            (select tracking.moment(watermark) from tracking.aggregates where name = 'activity_daily');
    if day is null then
        return false;
    end if;
    ends := (day at time zone zone + interval '1 day') at time zone zone;
    perform tracking.tally_day(day, ends, known);
    perform tracking.tally_hours(day, ends, known);
    return true;
end
$$;
revoke all on function tracking.tally_ended_day() from public;
