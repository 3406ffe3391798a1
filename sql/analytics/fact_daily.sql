-- Events and creators of each receiver by the day. It runs with its owner's rights: marketing needs none in schema tracking.
-- Of types that are people, a row is all of the type, and only where it is of ten or more.
create or replace view analytics.fact_daily with (security_barrier) as
select (counts.day at time zone (select timezone from tracking.reporting))::date as day,
       counts.day as time,
       receiver_type || ':' || receiver_id as receiver,
       name as event_name,
       events,
       creators as unique_creators_of_day_and_name,
       counts.day < (select final_before from tracking.reporting) as is_final
  from tracking.event_counts_daily as counts
 where receiver_type <> all ((select person_types from tracking.reporting)::text[])
 union all
select (counts.day at time zone (select timezone from tracking.reporting))::date,
       counts.day,
       receiver_type || ':*',
       name,
       sum(events)::bigint,
       null,
       counts.day < (select final_before from tracking.reporting)
  from tracking.event_counts_daily as counts
 where receiver_type = any ((select person_types from tracking.reporting)::text[])
 group by counts.day, receiver_type, name
having count(*) >= 10;  -- each row of a day, type and name is another receiver

comment on view analytics.fact_daily is
    'Events and different creators of each receiver by the day and event name. Of receivers that are people, a row is of all of them, where they are ten or more.';
comment on column analytics.fact_daily.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_daily.time       is 'First instant of the day. A condition on it reads only the days that it names.';
comment on column analytics.fact_daily.receiver   is 'What the events happened on; joins dim_receiver.';
comment on column analytics.fact_daily.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_daily.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_daily.unique_creators_of_day_and_name is
    'Different creators of this row. Never add them up: who came on two days is in both. Null where receivers are people.';
comment on column analytics.fact_daily.is_final   is 'Whether no late event can change the day any more.';

grant select on analytics.fact_daily to footfall_read, marketing;
