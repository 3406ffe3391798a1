-- Activity by the day. It runs with its owner's rights: marketing needs none in schema tracking.
drop view if exists analytics.activity_daily;
create view analytics.activity_daily as
select day, name, source, events, creators, receivers from tracking.activity_daily;

comment on view analytics.activity_daily is
    'Events, creators and receivers of each name and source by the day.';
comment on column analytics.activity_daily.day       is 'First instant of the day in the deployment''s reporting timezone.';
comment on column analytics.activity_daily.name      is 'Name of the events: an action, or an action with a detail, as in view or click__apply.';
comment on column analytics.activity_daily.source    is 'App that sent the events.';
comment on column analytics.activity_daily.events    is 'Events that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.activity_daily.creators  is 'Different creators of these events. Do not add them up: a creator of two days is in both.';
comment on column analytics.activity_daily.receivers is 'Different receivers of these events. Do not add them up either.';

grant select on analytics.activity_daily to footfall_read, marketing;
