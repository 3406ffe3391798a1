-- The stretches, [first_day, last_day), in which receivers have several rows to join: months that are over and, in the month of
-- `today`, seven days each until before today, all in UTC. And the highest number of a receiver. Reads the index.
  select first_day, last_day, max(place) as places
    from (select place, since, timed, date_trunc('month', since::timestamp)::date as month from tracking.trails where until <= %(today)s) as its
   cross join lateral (select (month + interval '1 month')::date as next_month) as following
   cross join lateral (select case when next_month <= %(today)s then month
                                   else month + (since - month) / 7 * 7 end as first_day) as begins
   cross join lateral (select least(case when next_month <= %(today)s then next_month else first_day + 7 end, %(today)s) as last_day) as ends
group by first_day, last_day
  having count(*) > count(distinct (place, timed))
order by first_day
