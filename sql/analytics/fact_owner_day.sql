-- Events and people of all receivers of an owner together, by the day, counted from the trails by a job
-- (tracking/aggregates/facts.py). It runs with its owner's rights: marketing needs none in schema tracking. Only owners that are no
-- people: one whose receivers were all hidden meanwhile is hidden at once.
create or replace view analytics.fact_owner_day with (security_barrier) as
select day,
       day::timestamp at time zone (select timezone from tracking.reporting) as time,
       owner,
       name as event_name,
       events,
       creators as unique_creators_of_owner_day_and_name,
       day::timestamp at time zone (select timezone from tracking.reporting) < (select final_before from tracking.reporting)
       and (day + 1)::timestamp at time zone (select timezone from tracking.reporting)
           <= (select until - lateness from tracking.noted_arrivals cross join tracking.reporting)
       and not exists (select from tracking.owner_days_due as due where due.day = counts.day and due.owner = counts.owner) as is_final
  from tracking.owner_counts as counts
 where exists (select from tracking.receivers where shown_owner = counts.owner);

comment on view analytics.fact_owner_day is
    'Events and different creators of all receivers of an owner together, by the day and event name, exact, also once the raw events are gone. A receiver that is a person, such as a profile, is not among them: nobody is shown here. A receiver counts for the owner to whom it belongs now, for all days. A day is missing where raw events were dropped before an upgrade to the version that has this view.';
comment on column analytics.fact_owner_day.day        is 'Day on which the events happened, in the reporting timezone; joins dim_date.';
comment on column analytics.fact_owner_day.time       is 'First instant of the day in the reporting timezone.';
comment on column analytics.fact_owner_day.owner      is 'Customer to whom the receivers belong now, as in dim_receiver. Owners who are people are not shown.';
comment on column analytics.fact_owner_day.event_name is 'What happened; joins dim_event.';
comment on column analytics.fact_owner_day.events     is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_owner_day.unique_creators_of_owner_day_and_name is
    'Different creators of this row, over all receivers of the owner. Never add them up: who came on two days is in both.';
comment on column analytics.fact_owner_day.is_final   is 'Whether no late event can change the day any more.';

grant select on analytics.fact_owner_day to footfall_read, marketing;
