-- Compares the trails of whole days (UTC) with the raw events, and makes them anew if these differ. Returns by how many events: what
-- was lacking, or minus what was too much. A clock that was set back can do that: an event that arrived "before" another one that was
-- taken is left out. Days whose raw events were dropped, or of which a row reaches further, are left as they are.
create or replace function tracking.remake_trails(first_day date, last_day date) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
    set jit = off
as $$
declare
    known   timestamptz;
    lacking bigint;
begin
    select coalesce(state.until, '-infinity') into known from tracking.trails_state as state for update;
    if first_day::timestamp at time zone 'UTC' < tracking.dropped_until()
       or exists (select from tracking.trails_inbox)
       or exists (select
                    from tracking.trails
                   where since < last_day
                     and until > first_day
                     and (since < first_day or until > last_day)) then
        return 0;
    end if;
    create temporary table arrived on commit drop as
    select occurred_at, source, creator, receiver_type, receiver_id, name
      from tracking.events
     where excluded is null
       and occurred_at >= first_day::timestamp at time zone 'UTC'
       and occurred_at < least(last_day::timestamp at time zone 'UTC', known)
       and received_at < known;
    select (select count(*) from arrived) - coalesce(sum(events), 0)
      into lacking
      from tracking.trails
     where since >= first_day
       and until <= last_day;
    if lacking = 0 then
        drop table arrived;
    else
        delete from tracking.trails where since >= first_day and until <= last_day;
        perform tracking.take_arrived();
    end if;
    return lacking;
end
$$;
revoke all on function tracking.remake_trails(date, date) from public;
