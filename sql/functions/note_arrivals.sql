-- The moment to which arrivals can be noted in one step of about `most` events. Every event that arrived before it is committed.
create or replace function tracking.arrivals_reach(most bigint) returns timestamptz
    language sql
    volatile
as $$
    select tracking.reach(until, tracking.settled_until(), most) from tracking.noted_arrivals
$$;
revoke all on function tracking.arrivals_reach(bigint) from public;

-- Marks the weeks and months of these days as due, and the owners' days: after `wait`, so that what many events of the running day
-- change is counted once. A mark that is there is written again: so a count that runs now, and does not see what happened, fails,
-- and is done again.
create or replace function tracking.mark_due(types text[], ids text[], days date[], wait interval) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    insert into tracking.periods_due as due (grain, start, receiver_type, receiver_id, marked_at)
      select grain, date_trunc(grain, day::timestamp)::date, receiver_type, receiver_id, now() + wait
        from unnest(types, ids, days) as happened (receiver_type, receiver_id, day)
       cross join unnest(array['week', 'month']) as grain
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
    on conflict (grain, start, receiver_type, receiver_id) do update set marked_at = least(due.marked_at, excluded.marked_at);

    insert into tracking.owner_days_due as due (day, owner, marked_at)
      select day, shown_owner, now() + wait
        from unnest(types, ids, days) as happened (receiver_type, receiver_id, day)
        join tracking.receivers using (receiver_type, receiver_id)
       where shown_owner is not null
    group by 1, 2
    order by 1, 2
    on conflict (day, owner) do update set marked_at = least(due.marked_at, excluded.marked_at);
$$;
revoke all on function tracking.mark_due(text[], text[], date[], interval) from public;

-- The days that an owner may have events of a receiver on: where its trails are, and what is not in them yet.
create or replace function tracking.mark_owners() returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    with changed as (
        delete from tracking.owners_changed returning owner, receiver_type, receiver_id
    ),
    spans as (
        select owner, trails.since - 1 as first, trails.until as last
          from changed
          join tracking.places using (receiver_type, receiver_id)
          join tracking.trails using (place)
         union
        select owner, inbox.day, inbox.day
          from changed
          join (select receiver_type, receiver_id, (occurred_at at time zone (select timezone from tracking.reporting))::date as day
                  from tracking.trails_inbox) as inbox using (receiver_type, receiver_id)
         union
        select owner, events.day, events.day
          from changed
         cross join lateral (
               select (occurred_at at time zone (select timezone from tracking.reporting))::date as day
                 from tracking.events
                where events.receiver_type = changed.receiver_type
                  and events.receiver_id = changed.receiver_id
                  and excluded is null
                  and occurred_at >= (select least(until, tracking.first_arrived(until, 'infinity')) from tracking.trails_state)) as events
    )
    insert into tracking.owner_days_due (day, owner)
      select day::date, owner
        from spans
       cross join lateral generate_series(first::timestamp, last::timestamp, interval '1 day') as day
    group by 1, 2
    order by 1, 2
    on conflict (day, owner) do update set marked_at = now()
$$;
revoke all on function tracking.mark_owners() from public;

-- Writes a restatement for each receiver and day of the temporary table `changes`: (receiver_type, receiver_id, day, occurred_at,
-- event_id, source, creator, reason). `reach`: what arrived from it on is not told yet. The days' raw rows are all there: none
-- is dropped before what arrived is noted. A day is read once, by the index where few receivers changed. Planned anew for each day.
create or replace function tracking.restate(reach timestamptz) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    changed record;
begin
    for changed in
        select day, day::timestamp at time zone timezone as first, (day + 1)::timestamp at time zone timezone as last
          from (select distinct day from changes) as days
         cross join tracking.reporting
    loop
        execute $day$
            insert into tracking.restatements (receiver_type, receiver_id, day, events_before, events_after, creators_before,
                                               creators_after, reason)
              select stored.receiver_type, stored.receiver_id, $4,
                     count(*) filter (where late.event_id is null), count(*),
                     count(distinct stored.creator) filter (where late.event_id is null), count(distinct stored.creator),
                     mode() within group (order by late.reason)
                from (select distinct receiver_type, receiver_id from changes where day = $4) as changed
                join tracking.events as stored using (receiver_type, receiver_id)
                left join changes as late
                       on (late.occurred_at, late.event_id, late.source, late.creator)
                        = (stored.occurred_at, stored.event_id, stored.source, stored.creator)
               where stored.excluded is null
                 and stored.occurred_at >= $1
                 and stored.occurred_at < $2
                 and stored.received_at < $3
            group by stored.receiver_type, stored.receiver_id
        $day$ using changed.first, changed.last, reach, changed.day;
    end loop;
end
$$;
revoke all on function tracking.restate(timestamptz) from public;

-- Notes what arrived until a moment that arrivals_reach() told, and what was put back: the kept counts are mended, days that were told
-- otherwise go on record, and what is due is marked. Returns how many restatements it wrote. All or nothing: one transaction, so each event is noted once.
-- The first run finds nothing told: it marks all that the trails have. Without trails it does nothing.
create or replace function tracking.note_arrivals(reach timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
    set jit = off
as $$
declare
    known   timestamptz;
    trodden timestamptz;
    zone    constant text := (select timezone from tracking.reporting);
    ended   constant timestamptz := tracking.midnight_before(now());
    latest  constant interval := make_interval(days => tracking.decided('lateness_days'), hours => 1);
    oldest  timestamptz;
    written bigint := 0;
begin
    -- one run at a time; a restore waits until it knows what it has to hand over
    select until into known from tracking.noted_arrivals for update;
    select until into trodden from tracking.trails_state;
    if trodden is null then
        return 0;
    end if;
    reach := greatest(reach, known);
    oldest := least(coalesce(known, trodden), tracking.first_arrived(coalesce(known, trodden), reach));

    create temporary table arrived on commit drop as
    select occurred_at, event_id, source, creator, receiver_type, receiver_id, name,
           (occurred_at at time zone zone)::date as day,
           case when known is not null and occurred_at < date_trunc('day', received_at, zone)
                then case when occurred_at < coalesce(accepted_at, received_at) - latest then 'import' else 'late' end end as reason
      from tracking.events
     where excluded is null
       and occurred_at >= oldest
       and received_at < reach
       and (received_at >= coalesce(known, trodden) or known is null and occurred_at >= trodden);
    insert into arrived
    select occurred_at, event_id, source, creator, receiver_type, receiver_id, name, (occurred_at at time zone zone)::date,
           case when occurred_at < ended then 'restore' end
      from tracking.noted_inbox
      join tracking.events using (occurred_at, event_id, source, creator);
    delete from tracking.noted_inbox;
    analyze arrived;

    perform tracking.mark_due(array_agg(receiver_type), array_agg(receiver_id), array_agg(day),
                              case when running then interval '5 minutes' else interval '0' end)
       from (select distinct receiver_type, receiver_id, day, known is not null and reason is null as running from arrived) as happened
   group by running;
    if known is null then
        perform tracking.mark_due(array_agg(receiver_type), array_agg(receiver_id), array_agg(day::date), interval '0')
           from (select distinct receiver_type, receiver_id, day
                   from tracking.trails
                   join tracking.places using (place)
                  cross join lateral generate_series((since - 1)::timestamp, until::timestamp, interval '1 day') as day
                  union
                 select receiver_type, receiver_id, (occurred_at at time zone zone)::date::timestamp
                   from tracking.trails_inbox) as trodden_days;
    end if;
    perform tracking.mark_owners();
    perform tracking.tally_arrived();

    create temporary table late on commit drop as
    select occurred_at, receiver_type, receiver_id, name, source
      from arrived
     where known is not null
       and occurred_at >= now() - latest  -- what is older came from a file: whoever imports or restores refreshes
       and occurred_at >= tracking.dropped_until()  -- of what is older, the bucket's other rows may be gone
       and occurred_at < (select tracking.moment(max(watermark)) from tracking.aggregates);
    if exists (select from late) then
        analyze late;
        perform tracking.tally_late(reach);
        perform tracking.mend_counts();
    end if;

    create temporary table changes on commit drop as
    select occurred_at, event_id, source, creator, receiver_type, receiver_id, day, reason from arrived where reason is not null;
    if exists (select from changes) then
        analyze changes;
        perform tracking.restate(reach);
        select count(*) into written from tracking.restatements where restated_at = now();
    end if;
    drop table arrived, late, changes;
    update tracking.noted_arrivals set until = reach;
    return written;
end
$$;
revoke all on function tracking.note_arrivals(timestamptz) from public;

-- Notes which owners got or lost a receiver: owner_counts follows. Only owners that marketing may see.
create or replace function tracking.note_owners() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        insert into tracking.owners_changed (owner, receiver_type, receiver_id)
        select shown_owner, receiver_type, receiver_id from after where shown_owner is not null;
    else
        insert into tracking.owners_changed (owner, receiver_type, receiver_id)
        select either.owner, receiver_type, receiver_id
          from before
          join after using (receiver_type, receiver_id)
         cross join lateral unnest(array[before.shown_owner, after.shown_owner]) as either (owner)
         where before.shown_owner is distinct from after.shown_owner
           and either.owner is not null;
    end if;
    return null;
end
$$;
revoke all on function tracking.note_owners() from public;
create or replace trigger note_new_owners after insert on tracking.receivers
    referencing new table as after
    for each statement execute function tracking.note_owners();
create or replace trigger note_owners after update on tracking.receivers
    referencing old table as before new table as after
    for each statement execute function tracking.note_owners();
