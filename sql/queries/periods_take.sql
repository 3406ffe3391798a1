-- Takes receivers of one week or month that are due, the newest first: (grain, start, since, until, receiver_type, receiver_id). most:
-- how many. Reads the marks.
with taken as (
    delete from tracking.periods_due
     where (grain, start, receiver_type, receiver_id) in (
           select grain, start, receiver_type, receiver_id
             from tracking.periods_due
            where (grain, start) = (select grain, start from tracking.periods_due where marked_at <= now() order by start desc, grain limit 1)
              and marked_at <= now()
            limit %(most)s)
    returning grain, start, receiver_type, receiver_id
)
select grain, start, start::timestamp at time zone timezone as since,
       (start + ('1 ' || grain)::interval) at time zone timezone as until, receiver_type, receiver_id
  from taken
 cross join tracking.reporting
