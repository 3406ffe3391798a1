-- What events happen on and what they are called, with the first rows of both.

-- What events happen on, as the platform describes it.
create table tracking.receivers (
    receiver_type text not null,
    receiver_id   text not null,
    owner         text,
    title         text,
    url           text,
    attributes    jsonb,
    updated_at    timestamptz not null default now(),
    primary key (receiver_type, receiver_id)
);
create index receivers_by_owner on tracking.receivers (owner, receiver_type, receiver_id);
grant select, insert, update on tracking.receivers to footfall_ingest;
grant select on tracking.receivers to footfall_read;

-- What kind of thing a type of receiver is: people's views of what is their own do not count.
create table tracking.receiver_types (
    receiver_type   text primary key check (receiver_type ~ '^[a-z][a-z0-9_-]{0,31}$'),
    id_is_person    boolean not null default false,  -- the id of a receiver is a creator's
    owner_is_person boolean not null default false   -- the owner of a receiver is a creator
);
insert into tracking.receiver_types (receiver_type, id_is_person) values ('profile', true);

-- The catalogue: one row for a name, or for all custom names of an action as 'click__*'.
create table tracking.event_types (
    name            text primary key check (length(name) <= 100),
    description     text not null default '',
    repeat_window   interval check (repeat_window >= interval '0'),
    property_schema jsonb,
    owner           text,
    status          text not null default 'active' check (status in ('active', 'deprecated')),
    -- An action is one, whichever source reports it. Else no source can make another's event a repeat.
    across_sources  boolean not null default false,
    -- How many events of an action one creator may have counted on one receiver in a day (UTC) by client tokens; null:
    -- what '*' says; 0: any number.
    per_day         bigint check (per_day >= 0),
    constraint ceilings_are_of_actions check (per_day is null or name = '*' or right(name, 3) = '__*')
);
grant select, insert, update on tracking.event_types to footfall_ingest;
grant select on tracking.event_types to footfall_read;

-- How long a second action of the same kind by the same person is a double fire. The longest matching name counts:
-- 'click__save' before 'click__*' before '*'. Zero: never. What a catalogue says of '*' binds client tokens only: a
-- backend and an import may send names that nobody has catalogued as often as they like.
insert into tracking.event_types (name, description, repeat_window, per_day) values
    ('*',             'any name that is not catalogued, by a client token', interval '1 second', 100),
    ('click',         'a click',                        interval '2 seconds', null),
    ('click__*',      'any custom click',               interval '2 seconds', null),
    ('impression',    'shown in a list or a mail',      interval '30 seconds', null),
    ('impression__*', 'shown in a place with a name',   interval '30 seconds', null),
    ('view',          'opened',                         interval '30 minutes', null),
    ('view__*',       'a part of it opened',            interval '30 minutes', null);
