-- "It is how it should be now": restates the quarters of an hour before an open incident by the level, or the share, since
-- then, so that this is the usual one; and closes it. A source's level is that of each of its names, too, and a name's change
-- is one of its source and of all sources. Answers false if no such incident is open.
create or replace function tracking.accept_incident(number bigint) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    it      tracking.incidents;
    until   constant timestamptz := (select judged_until from tracking.alarm_state for update);
    quarter timestamptz;
    level   float8;
begin
    update tracking.incidents
       set closed_at = now(), closed_by = 'accepted', told_over = true
     where incident = number
       and closed_at is null
    returning * into it;
    if it.incident is null then
        return false;
    end if;
    quarter := date_bin('15 minutes', it.first_bad_at, '2000-01-01Z') + interval '15 minutes';
    if it.kind in ('fewer', 'more') then
        select least(coalesce(sum(actions), 0)
                     / nullif((select sum(expected)
                                 from tracking.usual_arrivals as usual
                                where usual.source = it.source
                                  and usual.name = it.name
                                  and usual.start >= quarter - interval '15 minutes'
                                  and usual.start < until), 0), 10)
          into level
          from tracking.arrivals
         where minutes = 15
           and start >= quarter - interval '15 minutes'
           and source = it.source
           and name = it.name;
        update tracking.arrivals as whole
           set actions = greatest(whole.actions + parts.more, 0)
          from (select start, sum(actions) * (level - 1) as more
                  from tracking.arrivals
                 where minutes = 15
                   and start < quarter
                   and name <> '*'
                   and it.source in ('*', source)
                   and it.name in ('*', name)
              group by start) as parts
         where minutes = 15
           and whole.start = parts.start
           and whole.name = '*'
           and (whole.source = '*' or it.source in ('*', whole.source));
        update tracking.arrivals
           set actions = actions * level
         where minutes = 15
           and start < quarter
           and name <> '*'
           and it.source in ('*', source)
           and it.name in ('*', name)
           and level is not null;
        delete from tracking.usual_arrivals where start >= quarter - interval '15 minutes';
        perform tracking.expect_arrivals(quarter - interval '15 minutes', until);
    elsif it.kind <> 'ratio' then
        select sum(hits) / nullif(sum(of), 0) into level
          from tracking.arrival_shares
         where minutes = 1
           and start >= it.first_bad_at
           and source = it.source
           and name = it.name
           and kind = it.kind;
        update tracking.arrivals
           set rejected  = case it.kind when 'rejected'  then sent * level else rejected end,
               duplicate = case it.kind when 'duplicate' then sent * level else duplicate end,
               repeat    = case it.kind when 'repeat'    then sent * level else repeat end,
               bot       = case it.kind when 'bot'       then sent * level else bot end,
               clock     = case it.kind when 'clock'     then sent * level else clock end
         where minutes = 15
           and start < quarter
           and source = it.source
           and it.name in ('*', name)
           and level is not null;
        update tracking.alarm_state set weighed_at = null;
    end if;
    return true;
end
$$;
revoke all on function tracking.accept_incident(bigint) from public;
