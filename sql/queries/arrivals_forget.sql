-- Deletes what no alarm asks for any more: minutes after two days, quarters of an hour after 46, what was usual after nine
-- days; series of which nothing came in that time; and incidents that are over for 400 days.
with minutes as (
    delete from tracking.arrivals
     where minutes = 1 and start < now() - interval '2 days'
        or minutes = 15 and start < now() - interval '46 days'
),
usual as (
    delete from tracking.usual_arrivals where start < now() - interval '9 days'
),
series as (
    delete from tracking.alarm_series
     where name <> '*'
       and not exists (select
                         from tracking.arrivals
                        where minutes = 15
                          and arrivals.source = alarm_series.source
                          and arrivals.name = alarm_series.name
                          and start >= now() - interval '46 days')
)
delete from tracking.incidents where closed_at < now() - interval '400 days'
