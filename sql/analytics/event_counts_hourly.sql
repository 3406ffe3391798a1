-- Events by the hour. It runs with its owner's rights: marketing needs none in schema tracking.
-- An hour is as many rows as it has quarters with events: added up here, they would be added up for every question, which takes
-- ten times as long as it does to read them.
drop view if exists analytics.event_counts_hourly;
create view analytics.event_counts_hourly as
select time_bucket(interval '1 hour', start) as hour, receiver_type, receiver_id, name, source, events
  from tracking.event_counts_15min;

comment on view analytics.event_counts_hourly is
    'Events of each receiver by the hour, name and source; up to four rows an hour, to be added up: sum(events).';
comment on column analytics.event_counts_hourly.hour          is 'Start of the hour, a whole hour in UTC.';
comment on column analytics.event_counts_hourly.receiver_type is 'Type of what the events happened on, as in job.';
comment on column analytics.event_counts_hourly.receiver_id   is 'Id of what the events happened on; unique within its type.';
comment on column analytics.event_counts_hourly.name          is 'What happened: an action, or a custom name of one, as in view or click__apply.';
comment on column analytics.event_counts_hourly.source        is 'App that sent the events.';
comment on column analytics.event_counts_hourly.events        is 'Events that count: without double fires, crawlers, and people''s views of what is their own.';

grant select on analytics.event_counts_hourly to footfall_read, marketing;
