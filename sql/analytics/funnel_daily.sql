-- From seen to done, by the day. It runs with its owner's rights: marketing needs none in schema tracking.
-- From the hours, which hold events only: activity_daily would count today's people from the raw rows.
create or replace view analytics.funnel_daily with (security_barrier) as
select (steps.time at time zone (select timezone from tracking.reporting))::date as day,
       steps.time,
       steps.source,
       steps.impressions,
       steps.views,
       steps.clicks,
       steps.custom_clicks,
       round(steps.views::numeric / nullif(steps.impressions, 0), 4) as views_per_impression,
       round(steps.clicks::numeric / nullif(steps.views, 0), 4) as clicks_per_view,
       steps.time < (select final_before from tracking.reporting) as is_final
  from (  select date_trunc('day', start, (select timezone from tracking.reporting)) as time,
                 source,
                 coalesce(sum(events) filter (where split_part(name, '__', 1) = 'impression'), 0)::bigint as impressions,
                 coalesce(sum(events) filter (where split_part(name, '__', 1) = 'view'), 0)::bigint as views,
                 coalesce(sum(events) filter (where split_part(name, '__', 1) = 'click'), 0)::bigint as clicks,
                 coalesce(sum(events) filter (where name like 'click\_\_%'), 0)::bigint as custom_clicks
            from tracking.activity_hourly
           group by 1, 2) as steps;

comment on view analytics.funnel_daily is
    'From seen to done, by the day and source: impressions, views, clicks, and their rates. Events, not people.';
comment on column analytics.funnel_daily.day           is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.funnel_daily.time          is 'First instant of the day in the reporting timezone. A condition on it reads only the days that it names.';
comment on column analytics.funnel_daily.source        is 'App that sent the events.';
comment on column analytics.funnel_daily.impressions   is 'Events of the action impression, with and without a detail.';
comment on column analytics.funnel_daily.views         is 'Events of the action view, with and without a detail.';
comment on column analytics.funnel_daily.clicks        is 'Events of the action click, with and without a detail.';
comment on column analytics.funnel_daily.custom_clicks is 'Of the clicks, those with a detail, as in click__apply.';
comment on column analytics.funnel_daily.views_per_impression is
    'Views divided by impressions; null without impressions. Of several rows, divide the sums: an average of rates is another number.';
comment on column analytics.funnel_daily.clicks_per_view is
    'Clicks divided by views; null without views. Of several rows, divide the sums.';
comment on column analytics.funnel_daily.is_final      is 'Whether no late event can change the day any more.';

grant select on analytics.funnel_daily to footfall_read, marketing;
