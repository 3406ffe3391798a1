-- What the views of `analytics` ask of the deployment: one row. They read it in subqueries that run once for each question.
--   timezone: the reporting timezone
--   lateness: how long after its end a day is final: as late as an event may come, and an hour for the refresh
--   final_before: days that began before it are final
--   person_types: types of receivers whose ids are people
--   owned_types: types of receivers whose owners are people
create or replace view tracking.reporting as
select zone.value as timezone,
       interval '1 hour' * (24 * lateness.value::integer + 1) as lateness,
       date_trunc('day', now() - interval '1 hour' * (24 * lateness.value::integer + 1), zone.value) as final_before,
       array(select receiver_type from tracking.receiver_types where id_is_person) as person_types,
       array(select receiver_type from tracking.receiver_types where owner_is_person) as owned_types
  from tracking.deployment as zone
  join tracking.deployment as lateness on lateness.key = 'lateness_days'
 where zone.key = 'reporting_timezone';
