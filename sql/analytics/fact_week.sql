-- Events and people of each receiver by the week; and, by the same function, by the month (final/fact_month.sql). A job counts them from
-- the trails (tracking/aggregates/facts.py). A view runs with its owner's rights: marketing needs none in schema tracking. Of types that
-- are people, a row is all of the type, and only where it is of ten or more. As in fact_daily, ids are volatile expressions, and a union
-- stands in a subquery: no condition goes below the barrier, where a plan would tell of hidden ones.
create or replace function tracking.make_fact(grain text) returns void
    language plpgsql
as $make$
begin
    execute format($view$
        create or replace view analytics.fact_%1$s with (security_barrier) as
        select %1$s_start,
               %1$s_start::timestamp at time zone (select timezone from tracking.reporting) as time,
               case when random() < 1 then receiver_type || ':' || coalesce(receiver_id, '*') end as receiver,
               event_name,
               events,
               unique_creators_of_%1$s_and_name,
               (%1$s_start + interval '1 %1$s') at time zone (select timezone from tracking.reporting)
               <= (select final_before from tracking.reporting)
               and (%1$s_start + interval '1 %1$s') at time zone (select timezone from tracking.reporting)
                   <= (select until - lateness from tracking.noted_arrivals cross join tracking.reporting)
               and not is_due as is_final,
               receiver_type,
               case when random() < 1 then receiver_id end as receiver_id,
               owner
          from (
                select counts.start as %1$s_start,
                       counts.receiver_type,
                       counts.receiver_id,
                       counts.name as event_name,
                       counts.events,
                       counts.creators as unique_creators_of_%1$s_and_name,
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
                 where counts.grain = '%1$s'
                   and case when counts.receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
                 union all
                select start,
                       receiver_type,
                       null,
                       name,
                       sum(events)::bigint,
                       null,
                       exists (select from tracking.periods_due as due
                                where due.grain = '%1$s' and due.start = counts.start and due.receiver_type = counts.receiver_type),
                       null
                  from tracking.period_counts as counts
                 where grain = '%1$s'
                   and receiver_type = any ((select person_types from tracking.reporting)::text[])
                 group by start, receiver_type, name
                having count(*) >= 10  -- each row of a %1$s, type and name is another receiver
               ) as facts;

        comment on view analytics.fact_%1$s is
            'Events and different creators of each receiver by the %1$s and event name, exact, also once the raw events are gone. The running %1$s is as far as it is. Of receivers that are people, a row is of all of them, where they are ten or more. A %1$s is missing where raw events were dropped before an upgrade to the version that has this view.';
        comment on column analytics.fact_%1$s.%1$s_start is 'First day of the %1$s%2$s in the reporting timezone; joins dim_date by day.';
        comment on column analytics.fact_%1$s.time       is 'First instant of the %1$s in the reporting timezone.';
        comment on column analytics.fact_%1$s.receiver   is 'What the events happened on; joins dim_receiver.';
        comment on column analytics.fact_%1$s.event_name is 'What happened; joins dim_event.';
        comment on column analytics.fact_%1$s.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
        comment on column analytics.fact_%1$s.unique_creators_of_%1$s_and_name is
            'Different creators of this row. Never add them up: who came in two %1$ss is in both. Null where receivers are people.';
        comment on column analytics.fact_%1$s.is_final   is 'Whether the %1$s is over and no late event can change it any more.';
        comment on column analytics.fact_%1$s.receiver_type is 'Type of the receiver, as in job.';
        comment on column analytics.fact_%1$s.receiver_id   is 'Id of the receiver; unique within its type. Null for people.';
        comment on column analytics.fact_%1$s.owner         is 'Customer to whom the receiver belongs now, as in dim_receiver. Null where not set, and where owners are people.';

        grant select on analytics.fact_%1$s to footfall_read, marketing;
    $view$, grain, case grain when 'week' then ', a Monday,' else '' end);
end
$make$;
revoke all on function tracking.make_fact(text) from public;
select tracking.make_fact('week');
