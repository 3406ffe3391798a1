-- Events of each receiver by the hour, added up from the quarters. It runs with its owner's rights: marketing needs none in
-- schema tracking. Of types that are people, a row is all of the type, and only where it is of ten or more.
-- As in fact_daily, kept counts and those of real time are read apart: here from the last whole hour of the kept ones on.
-- Ids are volatile expressions: so no condition on them goes below the barrier, where a plan would tell of hidden ones.
-- Where all hours begin with those of UTC, TimescaleDB finds the chunks of a condition on `time`.
do $do$
declare
    hour constant text := case when tracking.has_whole_hours(current_setting('footfall.reporting_timezone'))
                               then 'time_bucket(interval ''1 hour'', %1$s)'
                               else '%1$s - interval ''1 minute'' * extract(minute from %1$s at time zone '
                                    '(select timezone from tracking.reporting))' end;
begin
    execute format($view$
create or replace view analytics.fact_hourly with (security_barrier) as
select hours.time,
       (hours.time at time zone (select timezone from tracking.reporting))::date as day,
       extract(hour from hours.time at time zone (select timezone from tracking.reporting))::integer as hour,
       case when random() < 1 then hours.receiver_type || ':' || coalesce(hours.receiver_id, '*') end as receiver,
       hours.name as event_name,
       hours.source,
       hours.events,
       hours.time < (select final_before from tracking.reporting) as is_final,
       hours.receiver_type,
       case when random() < 1 then hours.receiver_id end as receiver_id,
       hours.owner
  from (  select %1$s as time, counts.receiver_type, counts.receiver_id, shown_owner as owner, name, source, sum(events)::bigint as events
            from tracking.kept_quarters as counts
            left join tracking.receivers
                   on receivers.receiver_type = counts.receiver_type
                  and receivers.receiver_id   = counts.receiver_id
           where case when counts.start >= (select %2$s from (select (select until from tracking.marks where name = 'event_counts_15min') as start) as mark)
                        or counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
           group by 1, 2, 3, 4, 5, 6
           union all
          select %1$s, counts.receiver_type, counts.receiver_id, shown_owner as owner, name, source, sum(events)::bigint
            from tracking.event_counts_15min as counts
            left join tracking.receivers
                   on receivers.receiver_type = counts.receiver_type
                  and receivers.receiver_id   = counts.receiver_id
           where counts.start >= (select %2$s from (select (select until from tracking.marks where name = 'event_counts_15min') as start) as mark)
             and case when counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
           group by 1, 2, 3, 4, 5, 6
           union all
          select %1$s, receiver_type, null, null, name, source, sum(events)::bigint
            from tracking.event_counts_15min as counts
           where receiver_type = any ((select person_types from tracking.reporting)::text[])
           group by 1, 2, 3, 4, 5, 6
          having count(distinct receiver_id) >= 10) as hours
    $view$, format(hour, 'counts.start'), format(hour, 'mark.start'));
end
$do$;

comment on view analytics.fact_hourly is
    'Events of each receiver by the hour, event name and source. Of receivers that are people, a row is of all of them, where they are ten or more.';
comment on column analytics.fact_hourly.time       is 'Start of the hour. A condition on it reads only the days around it; one on day alone reads all hours there are.';
comment on column analytics.fact_hourly.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_hourly.hour       is 'Hour of the day, 0 to 23, in the reporting timezone. When clocks go back, an hour comes twice: time tells them apart.';
comment on column analytics.fact_hourly.receiver   is 'What the events happened on; joins dim_receiver.';
comment on column analytics.fact_hourly.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_hourly.source     is 'App that sent the events.';
comment on column analytics.fact_hourly.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_hourly.is_final   is 'Whether no late event can change the day of this hour any more.';
comment on column analytics.fact_hourly.receiver_type is 'Type of the receiver, as in job.';
comment on column analytics.fact_hourly.receiver_id   is 'Id of the receiver; unique within its type. With receiver_type it is the quickest way to one receiver. Null for people.';
comment on column analytics.fact_hourly.owner         is 'Customer to whom the receiver belongs, as in dim_receiver: the quickest way to the receivers of one. Null where not set, and where owners are people.';

grant select on analytics.fact_hourly to footfall_read, marketing;
