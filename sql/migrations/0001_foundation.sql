-- Extensions, roles, schemas and the small tables: who sends, what is named, what it happens on.

create extension if not exists timescaledb;
create extension if not exists btree_gist;

create schema if not exists tracking;  -- the runner keeps its own table there
create schema analytics;

-- Roles belong to the server, not to the database: another Footfall beside this one may have made them.
do $$
declare
    role text;
begin
    foreach role in array array['footfall_ingest', 'footfall_read', 'footfall_api', 'marketing'] loop
        begin
            execute format('create role %I', role);
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
end
$$;
grant footfall_ingest, footfall_read to footfall_api;
alter role footfall_api login;  -- without a password nobody gets in; who runs this sets one
alter role marketing login connection limit 20;
alter role marketing set statement_timeout = '30s';  -- its own to undo: jobs/readers.py ends what takes longer
do $$
begin
    alter role marketing set temp_file_limit = '2GB';  -- not its own to undo; takes a superuser to set
exception when insufficient_privilege then
    raise notice 'temp_file_limit of marketing is not set: only a superuser can';
end
$$;

grant usage on schema tracking to footfall_ingest, footfall_read;
grant usage on schema analytics to footfall_read, marketing;

grant select on tracking.migrations to footfall_ingest, footfall_read;

-- What a deployment has decided: `migrate` writes it, every process reads it here. The reporting timezone is for life.
create table tracking.deployment (
    key   text primary key,
    value text not null
);
insert into tracking.deployment
select setting, current_setting('footfall.' || setting)
  from unnest(array['reporting_timezone', 'lateness_days', 'columnstore_days', 'retention_days']) as setting;
grant select on tracking.deployment to footfall_ingest, footfall_read;

-- Who leads, and until when: a lease outlives neither its holder nor a pooled session, as an advisory lock would.
create table tracking.leases (
    name       text primary key,
    holder     text not null,
    expires_at timestamptz not null
);

-- What the scheduler does again and again, and how it went the last time.
create table tracking.upkeep (
    job      text primary key,
    ran_at   timestamptz not null,
    failures bigint not null,  -- in a row
    error    text
);

-- The apps that send events. The credential derives from the platform's keys, the name and the version:
-- no secret is stored. A source is revoked, never deleted, so that its events keep their provenance.
create table tracking.sources (
    name        text primary key check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
    version     bigint not null default 1 check (version > 0),
    rights      text[] not null default '{ingest}'
                check (rights <@ array['ingest', 'mint', 'stats', 'export', 'catalogue', 'erase']),
    description text not null default '',
    created_at  timestamptz not null default now(),
    revoked_at  timestamptz
);
grant select on tracking.sources to footfall_ingest, footfall_read;

-- How far each unfinished import of a file came, so that it can go on there.
create table tracking.imports (
    source      text not null,
    fingerprint text not null,
    file        text not null,
    lines       bigint not null,
    counts      jsonb not null,
    updated_at  timestamptz not null default now(),
    primary key (source, fingerprint)
);

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
