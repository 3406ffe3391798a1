-- Events of each receiver by the hour, added up from the quarters. It runs with its owner's rights: marketing needs none in
-- schema tracking. Of types that are people, a row is all of the type, and only where it is of ten or more.
create or replace view analytics.fact_hourly with (security_barrier) as
select hours.time,
       (hours.time at time zone (select timezone from tracking.reporting))::date as day,
       extract(hour from hours.time at time zone (select timezone from tracking.reporting))::integer as hour,
       hours.receiver,
       hours.name as event_name,
       hours.source,
       hours.events,
       hours.time < (select final_before from tracking.reporting) as is_final
  from (  select start - interval '1 minute' * extract(minute from start at time zone (select timezone from tracking.reporting)) as time,
                 receiver_type || ':' || receiver_id as receiver,
                 name,
                 source,
                 sum(events)::bigint as events
            from tracking.event_counts_15min
           where receiver_type <> all ((select person_types from tracking.reporting)::text[])
           group by 1, 2, 3, 4
           union all
          select start - interval '1 minute' * extract(minute from start at time zone (select timezone from tracking.reporting)),
                 receiver_type || ':*',
                 name,
                 source,
                 sum(events)::bigint
            from tracking.event_counts_15min
           where receiver_type = any ((select person_types from tracking.reporting)::text[])
           group by 1, 2, 3, 4
          having count(distinct receiver_id) >= 10) as hours;

comment on view analytics.fact_hourly is
    'Events of each receiver by the hour, event name and source. Of receivers that are people, a row is of all of them, where they are ten or more.';
comment on column analytics.fact_hourly.time       is 'Start of the hour. A condition on it reads only the days that it names.';
comment on column analytics.fact_hourly.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_hourly.hour       is 'Hour of the day, 0 to 23, in the reporting timezone. When clocks go back, an hour comes twice: time tells them apart.';
comment on column analytics.fact_hourly.receiver   is 'What the events happened on; joins dim_receiver.';
comment on column analytics.fact_hourly.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_hourly.source     is 'App that sent the events.';
comment on column analytics.fact_hourly.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_hourly.is_final   is 'Whether no late event can change the day of this hour any more.';

grant select on analytics.fact_hourly to footfall_read, marketing;
