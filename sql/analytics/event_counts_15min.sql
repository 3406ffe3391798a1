-- Events by the quarter of an hour. It runs with its owner's rights: marketing needs none in schema tracking.
drop view if exists analytics.event_counts_15min;
create view analytics.event_counts_15min as
select start, receiver_type, receiver_id, name, source, events from tracking.event_counts_15min;

comment on view analytics.event_counts_15min is
    'Events of each receiver by the quarter of an hour, name and source.';
comment on column analytics.event_counts_15min.start         is 'Start of the quarter of an hour; hours and days of any timezone add up from it.';
comment on column analytics.event_counts_15min.receiver_type is 'Type of the events'' receiver, as in job.';
comment on column analytics.event_counts_15min.receiver_id   is 'Id of the events'' receiver; unique within its type.';
comment on column analytics.event_counts_15min.name          is 'Name of the events: an action, or an action with a detail, as in view or click__apply.';
comment on column analytics.event_counts_15min.source        is 'App that sent the events.';
comment on column analytics.event_counts_15min.events        is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';

grant select on analytics.event_counts_15min to footfall_read, marketing;
