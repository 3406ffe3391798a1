-- Takes the rows of receivers that have several between two days (UTC), to join them. What is timed is joined apart from what is not.
-- 0.1 ms for a receiver with 500 events.
with several as (
      select place, timed
        from tracking.trails
       where place between %(first_place)s and %(last_place)s
         and since >= %(first_day)s
         and until <= %(last_day)s
    group by place, timed
      having count(*) > 1
)
delete from tracking.trails
 using several
 where trails.place = several.place
   and trails.timed = several.timed
   and since >= %(first_day)s
   and until <= %(last_day)s
returning trails.place, trails.timed, since, until, events, people, kinds, quarters, times
