-- The whole platform by the day. It runs with its owner's rights: marketing needs none in schema tracking.
create or replace view analytics.fact_activity_daily with (security_barrier) as
select (activity.day at time zone (select timezone from tracking.reporting))::date as day,
       activity.day as time,
       name as event_name,
       source,
       events,
       creators as unique_creators_of_day_name_and_source,
       receivers as unique_receivers_of_day_name_and_source,
       activity.day < (select final_before from tracking.reporting) as is_final
  from tracking.activity_daily as activity;

comment on view analytics.fact_activity_daily is
    'The whole platform by the day, event name and source: events, different creators and different receivers.';
comment on column analytics.fact_activity_daily.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_activity_daily.time       is 'First instant of the day in the reporting timezone. A condition on it reads only the days that it names.';
comment on column analytics.fact_activity_daily.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_activity_daily.source     is 'App that sent the events.';
comment on column analytics.fact_activity_daily.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_activity_daily.unique_creators_of_day_name_and_source is
    'Different creators of this row. Never add them up: who came on two days, or by two apps, is in both. fact_visitors has longer periods.';
comment on column analytics.fact_activity_daily.unique_receivers_of_day_name_and_source is
    'Different receivers of this row. Never add them up either.';
comment on column analytics.fact_activity_daily.is_final   is 'Whether no late event can change the day any more.';

grant select on analytics.fact_activity_daily to footfall_read, marketing;
