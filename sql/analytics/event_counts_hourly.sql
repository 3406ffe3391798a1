-- Events by the hour. It runs with its owner's rights: marketing needs none in schema tracking.
-- The hours are added up for each question: a question about many receivers is quicker on event_counts_15min.
drop view if exists analytics.event_counts_hourly;
create view analytics.event_counts_hourly as
  select time_bucket(interval '1 hour', start) as hour, receiver_type, receiver_id, name, source, sum(events)::bigint as events
    from tracking.event_counts_15min
group by 1, 2, 3, 4, 5;

comment on view analytics.event_counts_hourly is
    'Events of each receiver by the hour, name and source. Each question adds them up, so ask event_counts_15min for large ones.';
comment on column analytics.event_counts_hourly.hour          is 'Start of the hour, a whole hour in UTC.';
comment on column analytics.event_counts_hourly.receiver_type is 'Type of the events'' receiver, as in job.';
comment on column analytics.event_counts_hourly.receiver_id   is 'Id of the events'' receiver; unique within its type.';
comment on column analytics.event_counts_hourly.name          is 'Name of the events: an action, or an action with a detail, as in view or click__apply.';
comment on column analytics.event_counts_hourly.source        is 'App that sent the events.';
comment on column analytics.event_counts_hourly.events        is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';

grant select on analytics.event_counts_hourly to footfall_read, marketing;
