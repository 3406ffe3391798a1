-- The days, weeks and months whose people must be counted, oldest first: (period, period_start, since, until,
-- counted_until, days). Those never counted; those whose events changed, or of which another day is over; those that
-- became final since. Only periods of the calendar whose raw rows are all there, and whose days began before today.
-- Reads the daily activity of all periods whose raw rows are there: a millisecond a month.
with calendar as (
    select day, time, week_start, month_start, lead(time) over (order by time) as ends
      from analytics.dim_date
),
days as (
      select calendar.day, week_start, month_start, sum(events)::bigint as events
        from tracking.activity_daily as activity
        join calendar on calendar.time = activity.day
       where activity.day >= tracking.dropped_until()
         and ends <= now()
    group by 1, 2, 3
),
periods as (
      select 'day' as period, day as period_start, day + 1 as next, sum(events) as events from days group by 1, 2, 3
       union all
      select 'week', week_start, week_start + 7, sum(events) from days group by 1, 2, 3
       union all
      select 'month', month_start, (month_start + interval '1 month')::date, sum(events) from days group by 1, 2, 3
),
whole as (
    select period, period_start, first.time as since, next.time as until, least(next.time, today.time) as counted_until,
           least(next, today.day) - period_start as days, events, lateness, final_before
      from periods
      join calendar as first on first.day = period_start
      join calendar as next  on next.day = periods.next
     cross join tracking.reporting
      join calendar as today on today.time <= now() and today.ends > now()
     where first.time >= tracking.dropped_until()
)
   select period, period_start, whole.since, whole.until, counted_until, days
     from whole
left join tracking.visitors as counted using (period, period_start)
    where counted.period is null
       or counted.events <> whole.events
       or counted.days_counted <> days
       or (whole.until <= final_before and whole.until > counted.counted_at - lateness)
 order by counted_until, period
