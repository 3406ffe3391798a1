-- Joins the trails of each of these receivers between two days (UTC) into one row: fewer rows are read, and take less space. What comes
-- late is a row of its own until the next run. Returns how many rows were joined.
create or replace function tracking.pack_trails(first_day date, last_day date, first_place integer, last_place integer)
    returns bigint
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    with several as (
          select place
            from tracking.trails
           where place between first_place and last_place
             and since >= first_day
             and until <= last_day
        group by place
          having count(*) > 1
             and bool_and(timed) = bool_or(timed)
    ),
    taken as (
        delete from tracking.trails
         using several
         where trails.place = several.place
           and since >= first_day
           and until <= last_day
        returning trails.*
    ),
    packed as (
        insert into tracking.trails (place, since, until, people, kinds, times, timed)
          select place, first_day, last_day, string_agg(people, ''), string_agg(kinds, ''), string_agg(times, ''),
                 bool_and(timed)
            from taken
        group by place
    )
    select count(*) from taken
$$;
revoke all on function tracking.pack_trails(date, date, integer, integer) from public;
