-- The catalogue of receivers. It runs with its owner's rights: marketing needs none in schema tracking.
drop view if exists analytics.receivers;
create view analytics.receivers as
select receiver_type, receiver_id, owner, title, url from tracking.receivers;

comment on view analytics.receivers is
    'Receivers, as the platform describes them.';
comment on column analytics.receivers.receiver_type is 'Type, as in job.';
comment on column analytics.receivers.receiver_id   is 'Id; unique within its type.';
comment on column analytics.receivers.owner         is 'Owner, by the platform''s own id; null: not set.';
comment on column analytics.receivers.title         is 'Name for people.';
comment on column analytics.receivers.url           is 'Address of its page.';

grant select on analytics.receivers to footfall_read, marketing;
