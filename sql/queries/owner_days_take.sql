-- Takes owners of one day that are due, the newest first: (day, since, until, owner). most: how many. Reads the marks.
with taken as (
    delete from tracking.owner_days_due
     where (day, owner) in (
           select day, owner
             from tracking.owner_days_due
            where day = (select max(day) from tracking.owner_days_due where marked_at <= now())
              and marked_at <= now()
            limit %(most)s)
    returning day, owner
)
select day, day::timestamp at time zone timezone as since, (day + 1)::timestamp at time zone timezone as until, owner
  from taken
 cross join tracking.reporting
