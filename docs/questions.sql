-- Ten questions of marketing, each a statement to copy into any SQL client or BI tool that is connected as a login of
-- `python -m tracking bi grant NAME`. A test counts every answer again in plain Python, and `make bench` says how long each
-- takes on 10 million events. Every day is one of the reporting timezone.
--
-- What you change: the customer 'acme', the names of events, and the number of days. `limit 29` means today and the 28 days
-- before it; `past` leaves today out, since it is not over.
--
-- Never add up a column called unique_…: who came on Monday and on Tuesday is one person, and two of the days'.

-- question: visitors-by-week
-- How many people came in each of the last twelve weeks, and how much did each of them do?
-- The people of a week are counted, not added up from its days. A week that is not over says how many days it has so far.
  select period_start as week,
         days_counted,
         unique_creators_of_period as visitors,
         events,
         round(events::numeric / nullif(unique_creators_of_period, 0), 1) as events_per_visitor,
         is_final
    from analytics.fact_visitors
   where period = 'week'
order by week desc
   limit 12;

-- question: top-jobs-of-a-customer
-- Which jobs of Acme were viewed most in the 28 days before today?
-- The owner is asked for in the fact, and the days one by one: so the counts of no other receiver are read.
with viewed as materialized (
      select receiver, sum(events)::bigint as views
        from analytics.fact_daily
       where owner = 'acme'
         and receiver_type = 'job'
         and event_name = 'view'
         and time = any (array(select time from analytics.dim_date where time <= now() order by time desc offset 1 limit 28))
    group by receiver
    order by views desc, receiver
       limit 20
)
  select receiver, title, views
    from viewed
    left join analytics.dim_receiver using (receiver)
order by views desc, receiver;

-- question: conversion-by-source
-- Of a hundred impressions, how many views, and of a hundred views, how many clicks does each app have?
-- These are shares of events. How many people came from step to step is what /v1/stats/funnel counts.
with past as (
    select min(time) as since, max(time) as until
      from (select time from analytics.dim_date where time <= now() order by time desc limit 29) as days
)
  select source,
         sum(impressions)::bigint as impressions,
         sum(views)::bigint as views,
         sum(clicks)::bigint as clicks,
         sum(custom_clicks)::bigint as custom_clicks,
         round(100 * sum(views) / nullif(sum(impressions), 0), 2) as views_per_100_impressions,
         round(100 * sum(clicks) / nullif(sum(views), 0), 2) as clicks_per_100_views
    from analytics.funnel_daily
   where time >= (select since from past)
     and time < (select until from past)
group by source
order by views desc, source;

-- question: custom-clicks
-- What is clicked? Every custom click is a click, too: the row without a detail is the click that has no name of its own,
-- and the shares add up to 100.
with past as (
    select min(time) as since, max(time) as until
      from (select time from analytics.dim_date where time <= now() order by time desc limit 29) as days
)
  select detail,
         sum(events)::bigint as clicks,
         round(100 * sum(events) / sum(sum(events)) over (), 1) as share
    from analytics.fact_activity_hourly
    join analytics.dim_event using (event_name)
   where action = 'click'
     and fact_activity_hourly.time >= (select since from past)
     and fact_activity_hourly.time < (select until from past)
group by detail
order by clicks desc, detail;

-- question: hours-of-the-week
-- When do people look at things? Views by weekday and hour, on average of the four weeks before today: a heat map.
with past as (
    select min(time) as since, max(time) as until
      from (select time from analytics.dim_date where time <= now() order by time desc limit 29) as days
)
  select weekday, hour, round(sum(events) / 4.0, 2) as views_a_week
    from analytics.fact_activity_hourly
   where event_name = 'view'
     and time >= (select since from past)
     and time < (select until from past)
group by weekday, hour
order by weekday, hour;

-- question: hours-of-a-customer
-- When are the jobs of Acme looked at? The same heat map for one customer.
with past as (
    select min(time) as since, max(time) as until
      from (select time from analytics.dim_date where time <= now() order by time desc limit 29) as days
)
  select extract(isodow from day)::integer as weekday, hour, round(sum(events) / 4.0, 2) as views_a_week
    from analytics.fact_hourly
   where owner = 'acme'
     and receiver_type = 'job'
     and event_name = 'view'
     and time >= (select since from past)
     and time < (select until from past)
group by weekday, hour
order by weekday, hour;

-- question: new-and-returning-jobs
-- Of the jobs that were viewed yesterday: which were viewed in the 2 days before it, too?
-- The days are named one by one, and not as a period: so the counts of each are found by day and name.
with days as (
    select time, row_number() over (order by time desc) as ago
      from (select time from analytics.dim_date where time <= now() order by time desc offset 1 limit 3) as days
),
viewed as (
      select receiver_id,
             sum(events) filter (where time = (select time from days where ago = 1)) as views,
             bool_or(time < (select time from days where ago = 1)) as is_returning
        from analytics.fact_daily
       where event_name = 'view'
         and receiver_type = 'job'
         and time = any (array(select time from days))
    group by receiver_id
)
  select case when is_returning then 'returning' else 'new' end as jobs,
         count(*) as viewed_jobs,
         sum(views)::bigint as views,
         round(sum(views) / count(*), 1) as views_a_job
    from viewed
   where views > 0
group by is_returning
order by jobs;

-- question: applications-of-customers
-- How far did the jobs of each customer bring people yesterday, from impressions to applications?
-- `limit 7` in the place of `limit 1` asks for seven days.
  select owner as customer,
         sum(events) filter (where event_name = 'impression')::bigint as impressions,
         sum(events) filter (where event_name <> 'impression')::bigint as applications,
         round(1000 * sum(events) filter (where event_name <> 'impression')
               / nullif(sum(events) filter (where event_name = 'impression'), 0), 2) as applications_per_1000_impressions
    from analytics.fact_daily
   where receiver_type = 'job'
     and owner is not null
     and event_name = any (array(select event_name from analytics.dim_event
                                  where event_name = 'impression' or detail like 'applicationCreated%'))
     and time = any (array(select time from analytics.dim_date where time <= now() order by time desc offset 1 limit 1))
group by owner
order by applications desc nulls last, customer;

-- question: late-events
-- Of what arrived today and in the 6 days before: how much came after its day was over, from which app, and when did
-- each app send something last?
with recent as (
    select min(time) as since
      from (select time from analytics.dim_date where time <= now() order by time desc limit 7) as days
)
  select source,
         sum(received)::bigint as received,
         sum(late)::bigint as late,
         round(100 * sum(late) / nullif(sum(received) - sum(rejected), 0), 2) as late_per_100,
         max(last_received_at) as last_received_at
    from analytics.data_quality_daily
   where time >= (select since from recent)
group by source
order by late desc, source;

-- question: unusual-days
-- On which days of the last four weeks was something wrong? Each day beside the mean of the same weekday of the four weeks
-- before it: days without any event, and days below half or above twice of what is usual.
with days as (
    select day, time from analytics.dim_date where time <= now() order by time desc limit 57
),
counted as (
       select days.day, coalesce(sum(events), 0) as events
         from days
    left join (select day, events from analytics.fact_activity_hourly where time >= (select min(time) from days)) as activity
              using (day)
     group by days.day
)
   select counted.day, counted.events::bigint as events, round(avg(before.events), 1) as usual
     from counted
     join counted as before on before.day in (counted.day - 7, counted.day - 14, counted.day - 21, counted.day - 28)
    where counted.day >= (select max(day) - 28 from days)
      and counted.day < (select max(day) from days)
 group by counted.day, counted.events
   having counted.events = 0 or counted.events < avg(before.events) / 2 or counted.events > avg(before.events) * 2
order by counted.day;
