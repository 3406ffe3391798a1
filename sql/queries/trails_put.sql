-- Adds rows: one of each array's values makes a row.
insert into tracking.trails (place, timed, since, until, events, people, kinds, quarters, times)
select *
  from unnest(%(place)s::integer[], %(timed)s::boolean[], %(since)s::date[], %(until)s::date[], %(events)s::integer[],
              %(people)s::bytea[], %(kinds)s::bytea[], %(quarters)s::bytea[], %(times)s::bytea[])
