-- Events and people of each receiver by the month, counted from the trails by a job (tracking/aggregates/facts.py). It runs with its
-- owner's rights: marketing needs none in schema tracking. Of types that are people, a row is all of the type, and only where it is of
-- ten or more. As in fact_daily, ids are volatile expressions, and a union stands in a subquery: no condition goes below the barrier,
-- where a plan would tell of hidden ones.
create or replace view analytics.fact_month with (security_barrier) as
select month_start,
       month_start::timestamp at time zone (select timezone from tracking.reporting) as time,
       case when random() < 1 then receiver_type || ':' || coalesce(receiver_id, '*') end as receiver,
       event_name,
       events,
       unique_creators_of_month_and_name,
       (month_start + interval '1 month') at time zone (select timezone from tracking.reporting)
       <= (select final_before from tracking.reporting)
       and (month_start + interval '1 month') at time zone (select timezone from tracking.reporting)
           <= (select until - lateness from tracking.noted_arrivals cross join tracking.reporting)
       and not is_due as is_final,
       receiver_type,
       case when random() < 1 then receiver_id end as receiver_id,
       owner
  from (
        select counts.start as month_start,
               counts.receiver_type,
               counts.receiver_id,
               counts.name as event_name,
               counts.events,
               counts.creators as unique_creators_of_month_and_name,
               due.start is not null as is_due,
               receivers.shown_owner as owner
          from tracking.period_counts as counts
          left join tracking.receivers
                 on receivers.receiver_type = counts.receiver_type
                and receivers.receiver_id   = counts.receiver_id
          left join tracking.periods_due as due
                 on due.grain         = counts.grain
                and due.start         = counts.start
                and due.receiver_type = counts.receiver_type
                and due.receiver_id   = counts.receiver_id
         where counts.grain = 'month'
           and case when counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
         union all
        select start,
               receiver_type,
               null,
               name,
               sum(events)::bigint,
               null,
               exists (select from tracking.periods_due as due
                        where due.grain = 'month' and due.start = counts.start and due.receiver_type = counts.receiver_type),
               null
          from tracking.period_counts as counts
         where grain = 'month'
           and receiver_type = any ((select person_types from tracking.reporting)::text[])
         group by start, receiver_type, name
        having count(*) >= 10  -- each row of a month, type and name is another receiver
       ) as facts;

comment on view analytics.fact_month is
    'Events and different creators of each receiver by the month and event name, exact, also once the raw events are gone. The running month is as far as it is. Of receivers that are people, a row is of all of them, where they are ten or more. A month is missing where raw events were dropped before an upgrade to the version that has this view.';
comment on column analytics.fact_month.month_start is 'First day of the month in the reporting timezone; joins dim_date by day.';
comment on column analytics.fact_month.time       is 'First instant of the month in the reporting timezone.';
comment on column analytics.fact_month.receiver   is 'What the events happened on; joins dim_receiver.';
comment on column analytics.fact_month.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_month.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_month.unique_creators_of_month_and_name is
    'Different creators of this row. Never add them up: who came in two months is in both. Null where receivers are people.';
comment on column analytics.fact_month.is_final   is 'Whether the month is over and no late event can change it any more.';
comment on column analytics.fact_month.receiver_type is 'Type of the receiver, as in job.';
comment on column analytics.fact_month.receiver_id   is 'Id of the receiver; unique within its type. Null for people.';
comment on column analytics.fact_month.owner         is 'Customer to whom the receiver belongs now, as in dim_receiver. Null where not set, and where owners are people.';

grant select on analytics.fact_month to footfall_read, marketing;
