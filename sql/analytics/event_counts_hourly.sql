-- Events by the hour. It runs with its owner's rights: marketing needs none in schema tracking.
-- The hours are added up for each question: one of many receivers is quicker on event_counts_15min.
drop view if exists analytics.event_counts_hourly;
create view analytics.event_counts_hourly as
  select time_bucket(interval '1 hour', start) as hour, receiver_type, receiver_id, name, source, sum(events)::bigint as events
    from tracking.event_counts_15min
group by 1, 2, 3, 4, 5;

comment on view analytics.event_counts_hourly is
    'Events of each receiver by the hour, name and source. Added up when asked: event_counts_15min answers large questions sooner.';
comment on column analytics.event_counts_hourly.hour          is 'Start of the hour, a whole hour in UTC.';
comment on column analytics.event_counts_hourly.receiver_type is 'Type of what the events happened on, as in job.';
comment on column analytics.event_counts_hourly.receiver_id   is 'Id of what the events happened on; unique within its type.';
comment on column analytics.event_counts_hourly.name          is 'What happened: an action, or a custom name of one, as in view or click__apply.';
comment on column analytics.event_counts_hourly.source        is 'App that sent the events.';
comment on column analytics.event_counts_hourly.events        is 'Events that count: without double fires, crawlers, and people''s views of what is their own.';

grant select on analytics.event_counts_hourly to footfall_read, marketing;
