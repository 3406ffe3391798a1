-- Names of events: those that happened, and those of the catalogue. It runs with its owner's rights: marketing needs none
-- in schema tracking. A name is described by its own line of the catalogue, else by that of its action, as in click__*.
create or replace view analytics.dim_event with (security_barrier) as
select names.name as event_name,
       split_part(names.name, '__', 1) as action,
       nullif(substr(names.name, length(split_part(names.name, '__', 1)) + 3), '') as detail,
       known.description,
       known.name is not null as is_catalogued,
       known.status
  from (select name from tracking.activity_hourly
         union
        select name from tracking.event_types where right(name, 1) <> '*') as names
  left join lateral (
         select name, description, status
           from tracking.event_types
          where name in (names.name, split_part(names.name, '__', 1) || '__*')
          order by name = names.name desc
          limit 1) as known on true;

comment on view analytics.dim_event is
    'Names of events, with the description of the catalogue. A name is an action, or an action with a detail, as in click__apply.';
comment on column analytics.dim_event.event_name    is 'The name; the key.';
comment on column analytics.dim_event.action        is 'What was done: the part before __, as in click.';
comment on column analytics.dim_event.detail        is 'Where or how: the part after __, as in apply; null without one.';
comment on column analytics.dim_event.description   is 'What it means, by the catalogue; null where nobody described it.';
comment on column analytics.dim_event.is_catalogued is 'Whether the catalogue has the name, or all details of its action.';
comment on column analytics.dim_event.status        is 'By the catalogue: active or deprecated; null where it is not catalogued.';

grant select on analytics.dim_event to footfall_read, marketing;
