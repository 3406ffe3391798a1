-- Events and creators of each receiver by the day. It runs with its owner's rights: marketing needs none in schema tracking.
-- Of types that are people, a row is all of the type, and only where it is of ten or more.
-- Kept counts and those of real time are read apart: only so a join reaches the kept ones by an index, and only so a
-- condition on `day`, `owner` or `is_final` reads no more than it must. A `case` the planner takes for half of the rows: of
-- `<> all (types)` it thinks that no row is left where all receivers are of one type, and of two bounds of a day, of
-- which it does not know one, that they leave hardly any. The union stands in a subquery: PostgreSQL hands a reader's condition
-- to each arm of a view that is a union itself, barrier or not. Ids are volatile expressions: so no condition on them goes below
-- the barrier, where a plan would tell of hidden ones.
create or replace view analytics.fact_daily with (security_barrier) as
select day, time, case when random() < 1 then receiver end as receiver, event_name, events, unique_creators_of_day_and_name,
       is_final, receiver_type,
       case when random() < 1 then receiver_id end as receiver_id,
       owner
  from (
        select dim_date.day,
               counts.day as time,
               counts.receiver_type || ':' || counts.receiver_id as receiver,
               counts.name as event_name,
               counts.events,
               counts.creators as unique_creators_of_day_and_name,
               counts.day < (select final_before from tracking.reporting) as is_final,
               counts.receiver_type,
               counts.receiver_id,
               receivers.shown_owner as owner
          from tracking.kept_daily as counts
          join analytics.dim_date on dim_date.time = counts.day and dim_date.day <= current_date + 7
          left join tracking.receivers
                 on receivers.receiver_type = counts.receiver_type
                and receivers.receiver_id   = counts.receiver_id
         where case when counts.day >= (select until from tracking.marks where name = 'event_counts_daily')
                      or counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
         union all
        select dim_date.day,
               counts.day,
               counts.receiver_type || ':' || counts.receiver_id,
               counts.name,
               counts.events,
               counts.creators,
               (select until from tracking.marks where name = 'event_counts_daily') < (select final_before from tracking.reporting)
               and counts.day < (select final_before from tracking.reporting),
               counts.receiver_type,
               counts.receiver_id,
               receivers.shown_owner as owner
          from tracking.event_counts_daily as counts
          join analytics.dim_date on dim_date.time = counts.day and dim_date.day <= current_date + 7
          left join tracking.receivers
                 on receivers.receiver_type = counts.receiver_type
                and receivers.receiver_id   = counts.receiver_id
         where counts.day >= (select until from tracking.marks where name = 'event_counts_daily')
           and case when counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
         union all
        select dim_date.day,
               counts.day,
               receiver_type || ':*',
               name,
               sum(events)::bigint,
               null,
               counts.day < (select final_before from tracking.reporting),
               receiver_type,
               null,
               null
          from tracking.kept_daily as counts
          join analytics.dim_date on dim_date.time = counts.day and dim_date.day <= current_date + 7
         where case when counts.day >= (select until from tracking.marks where name = 'event_counts_daily') then false else true end
           and receiver_type = any ((select person_types from tracking.reporting)::text[])
         group by dim_date.day, counts.day, receiver_type, name
        having count(*) >= 10  -- each row of a day, type and name is another receiver
         union all
        select dim_date.day,
               counts.day,
               receiver_type || ':*',
               name,
               sum(events)::bigint,
               null,
               (select until from tracking.marks where name = 'event_counts_daily') < (select final_before from tracking.reporting)
               and counts.day < (select final_before from tracking.reporting),
               receiver_type,
               null,
               null
          from tracking.event_counts_daily as counts
          join analytics.dim_date on dim_date.time = counts.day and dim_date.day <= current_date + 7
         where counts.day >= (select until from tracking.marks where name = 'event_counts_daily')
           and receiver_type = any ((select person_types from tracking.reporting)::text[])
         group by dim_date.day, counts.day, receiver_type, name
        having count(*) >= 10
       ) as facts;

comment on view analytics.fact_daily is
    'Events and different creators of each receiver by the day and event name. Of receivers that are people, a row is of all of them, where they are ten or more.';
comment on column analytics.fact_daily.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_daily.time       is 'First instant of the day in the reporting timezone. A condition on it reads only the days that it names; one on day does so for a few days, and for many may read all.';
comment on column analytics.fact_daily.receiver   is 'What the events happened on; joins dim_receiver.';
comment on column analytics.fact_daily.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_daily.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_daily.unique_creators_of_day_and_name is
    'Different creators of this row. Never add them up: who came on two days is in both. Null where receivers are people.';
comment on column analytics.fact_daily.is_final   is 'Whether no late event can change the day any more.';
comment on column analytics.fact_daily.receiver_type is 'Type of the receiver, as in job.';
comment on column analytics.fact_daily.receiver_id   is 'Id of the receiver; unique within its type. With receiver_type it is the quickest way to one receiver. Null for people.';
comment on column analytics.fact_daily.owner         is 'Customer to whom the receiver belongs, as in dim_receiver: the quickest way to the receivers of one. Null where not set, and where owners are people.';

grant select on analytics.fact_daily to footfall_read, marketing;
