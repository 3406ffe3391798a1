-- Counts the events and the different creators of a period from the raw rows, exactly: period, period_start; since, until:
-- the whole period; counted_until: the end of its last day that is over; days: how many are.
-- Nothing, where raw rows of it were dropped meanwhile. Of a month with 10 million events some seconds.
insert into tracking.visitors (period, period_start, since, until, days_counted, events, creators, counted_at)
select %(period)s, %(period_start)s, %(since)s, %(until)s, %(days)s, sum(events), count(*), now()
  from (  select count(*) as events
            from tracking.events
           where excluded is null
             and occurred_at >= %(since)s
             and occurred_at <  %(counted_until)s
        group by creator) as creators
 where %(since)s >= tracking.dropped_until()
having count(*) > 0
on conflict (period, period_start) do update
   set days_counted = excluded.days_counted, events = excluded.events, creators = excluded.creators,
       counted_at = excluded.counted_at
