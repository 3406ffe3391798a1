-- The moment from which on the ledger knows of each event that arrived.
create or replace function tracking.booked_since() returns timestamptz
    language sql
    stable
as $$
    select coalesce(min(received_at), 'infinity') from tracking.ingest_ledger
$$;
revoke all on function tracking.booked_since() from public;

-- The moment to which the trails can be extended in one step: every event that arrived before it is committed, and about as many
-- events as `most` are not in the trails yet. What the ledger does not know is taken
-- day by day, of which the aggregate says how many there are.
create or replace function tracking.trails_reach(most bigint) returns timestamptz
    language plpgsql
    volatile
as $$
declare
    settled constant timestamptz := tracking.settled_until();
    known   timestamptz;
    reach   timestamptz;
begin
    select coalesce(state.until, '-infinity') into known from tracking.trails_state as state;
    if known < tracking.booked_since() then
        select min(day) + interval '1 day'
          into reach
          from (  select day, sum(sum(events)) over (order by day) as so_far
                    from tracking.event_counts_daily
                   where day >= known
                group by day) as days
         where so_far >= most;
    else
        reach := tracking.reach(known, settled, most);
    end if;
    return least(reach, settled);
end
$$;
revoke all on function tracking.trails_reach(bigint) from public;

-- When the first of the events happened that arrived since a moment; infinity: there are none. The ledger is asked, so the
-- events need not be looked for in all chunks.
create or replace function tracking.first_arrived(since timestamptz, until timestamptz) returns timestamptz
    language sql
    stable
as $$
    select coalesce(min(occurred_from), 'infinity')
      from tracking.ingest_ledger
     where received_at >= since
       and received_at < until
       and verdict = 'accepted'
$$;
revoke all on function tracking.first_arrived(timestamptz, timestamptz) from public;
grant execute on function tracking.first_arrived(timestamptz, timestamptz) to footfall_read;

-- Adds the events of the temporary table `arrived` to the trails, and drops it; returns their number.
create or replace function tracking.take_arrived() returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    added bigint;
begin
    analyze arrived;
    with new as (
        insert into tracking.people (creator)
          select distinct creator from arrived
           where not exists (select from tracking.people where people.creator = arrived.creator)
        returning person
    )
    update tracking.trails_state
       set people = greatest(people, (select max(person) from new));
    insert into tracking.places (receiver_type, receiver_id)
      select distinct receiver_type, receiver_id from arrived
       where not exists (select from tracking.places as known
                          where (known.receiver_type, known.receiver_id) = (arrived.receiver_type, arrived.receiver_id));
    insert into tracking.kinds (name, source)
      select distinct name, source from arrived
       where not exists (select from tracking.kinds as known where (known.name, known.source) = (arrived.name, arrived.source));

    insert into tracking.trails as trail (place, since, until, events, people, kinds, times)
      select place, day, day + 1, count(*), string_agg(int4send(person), ''), string_agg(int4send(kind), ''),
             string_agg(timestamptz_send(occurred_at), '')
        from arrived
        join tracking.people using (creator)
        join tracking.places using (receiver_type, receiver_id)
        join tracking.kinds using (name, source)
       cross join lateral (select (occurred_at at time zone 'UTC')::date as day) as happened
    group by place, day
    order by day, place
    on conflict (place, since, until) do update
           set events = trail.events + excluded.events,
               people = trail.people || excluded.people,
               kinds  = trail.kinds  || excluded.kinds,
               times  = trail.times  || excluded.times;
    select count(*) into added from arrived;
    drop table arrived;
    return added;
end
$$;
revoke all on function tracking.take_arrived() from public;

-- Extends the trails to a moment that trails_reach() told; returns the number of events that came in. What happened and
-- arrived before the moment goes in, unless it did both before the last such moment. All or nothing: one transaction.
-- An accepted event is never changed later, so none has to be taken out.
create or replace function tracking.extend_trails(reach timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
    set jit = off
as $$
declare
    known  timestamptz;
    oldest timestamptz;
    added  bigint;
begin
    -- one run at a time; a restore waits until it knows what it has to hand over
    select coalesce(state.until, '-infinity') into known from tracking.trails_state as state for update;
    if reach <= known and not exists (select from tracking.trails_inbox) then
        return 0;
    end if;
    reach := greatest(reach, known);
    if known = '-infinity' then
        update tracking.trails_state set since = tracking.dropped_until();
    end if;
    oldest := case when known < tracking.booked_since() then '-infinity'
                   else least(known, tracking.first_arrived(known, reach)) end;

    create temporary table arrived on commit drop as
    select occurred_at, source, creator, receiver_type, receiver_id, name
      from tracking.events
     where excluded is null
       and occurred_at >= oldest
       and occurred_at < reach
       and received_at < reach
       and (occurred_at >= known or received_at >= known);
    insert into arrived table tracking.trails_inbox;
    delete from tracking.trails_inbox;
    added := tracking.take_arrived();
    update tracking.trails_state set until = reach;
    return added;
end
$$;
revoke all on function tracking.extend_trails(timestamptz) from public;
