-- The months (UTC) that have more rows than receivers, of those that ended before a day; and the highest number of a receiver.
--   before: nothing comes late before it, as a rule
  select date_trunc('month', since::timestamp)::date as month, max(place) as places
    from tracking.trails
   where since < date_trunc('month', %(before)s::timestamp)::date
group by 1
  having count(*) > count(distinct place)
order by 1
