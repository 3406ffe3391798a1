-- The whole platform by the hour. It runs with its owner's rights: marketing needs none in schema tracking.
-- Where hours do not always begin with those of UTC, they are added up from quarters of an hour (0008_bi.sql).
do $do$
begin
    execute format($view$
create or replace view analytics.fact_activity_hourly with (security_barrier) as
select hours.time,
       (hours.time at time zone (select timezone from tracking.reporting))::date as day,
       extract(hour from hours.time at time zone (select timezone from tracking.reporting))::integer as hour,
       extract(isodow from hours.time at time zone (select timezone from tracking.reporting))::integer as weekday,
       hours.name as event_name,
       hours.source,
       hours.events,
       hours.time < (select final_before from tracking.reporting) as is_final
  from (%s) as hours
    $view$, case when tracking.has_whole_hours(current_setting('footfall.reporting_timezone'))
                 then 'select start as time, name, source, events from tracking.activity_hourly'
                 else 'select start - interval ''1 minute'' * extract(minute from start at time zone '
                      '(select timezone from tracking.reporting)) as time, name, source, sum(events)::bigint as events'
                      ' from tracking.activity_hourly group by 1, 2, 3' end);
end
$do$;

comment on view analytics.fact_activity_hourly is
    'The whole platform by the hour, event name and source: events. For the hours of a week, ask here and not fact_hourly.';
comment on column analytics.fact_activity_hourly.time       is 'Start of the hour. A condition on it reads only the hours that it names.';
comment on column analytics.fact_activity_hourly.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_activity_hourly.hour       is 'Hour of the day, 0 to 23, in the reporting timezone. When clocks go back, an hour comes twice: time tells them apart.';
comment on column analytics.fact_activity_hourly.weekday    is 'Day of the week, from 1 for Monday to 7 for Sunday.';
comment on column analytics.fact_activity_hourly.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_activity_hourly.source     is 'App that sent the events.';
comment on column analytics.fact_activity_hourly.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_activity_hourly.is_final   is 'Whether no late event can change the day of this hour any more.';

grant select on analytics.fact_activity_hourly to footfall_read, marketing;
