-- Events and creators by the day. It runs with its owner's rights: marketing needs none in schema tracking.
drop view if exists analytics.event_counts_daily;
create view analytics.event_counts_daily as
select day, receiver_type, receiver_id, name, events, creators from tracking.event_counts_daily;

comment on view analytics.event_counts_daily is
    'Events and creators of each receiver by the day and name.';
comment on column analytics.event_counts_daily.day           is 'First instant of the day in the deployment''s reporting timezone.';
comment on column analytics.event_counts_daily.receiver_type is 'Type of the events'' receiver, as in job.';
comment on column analytics.event_counts_daily.receiver_id   is 'Id of the events'' receiver; unique within its type.';
comment on column analytics.event_counts_daily.name          is 'Name of the events: an action, or an action with a detail, as in view or click__apply.';
comment on column analytics.event_counts_daily.events        is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.event_counts_daily.creators      is 'Different creators of these events. Do not add them up: a creator of two days is in both.';

grant select on analytics.event_counts_daily to footfall_read, marketing;
