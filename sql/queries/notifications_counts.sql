-- How many rows of the outbox of each rule and day are in each state: rule and day, each null for any; the newest first.
  select rule, day, state, count(*) as notifications
    from tracking.notifications
   where (%(rule)s::text is null or rule = %(rule)s::text)
     and (%(day)s::date is null or day = %(day)s::date)
group by rule, day, state
order by day desc, rule, state
   limit 200
