-- Extensions, roles, schemas, and what a deployment as a whole has: its decisions, its leader, its jobs.

create extension if not exists timescaledb;
create extension if not exists btree_gist;

create schema if not exists tracking;  -- the runner keeps its own tables there
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
alter role marketing set statement_timeout = '30s';  -- its own to undo: tracking/aggregates/readers.py ends what takes longer
do $$
begin
    alter role marketing set temp_file_limit = '2GB';  -- not its own to undo; takes a superuser to set
exception when insufficient_privilege then
    raise notice 'temp_file_limit of marketing is not set: only a superuser can';
end
$$;

grant usage on schema tracking to footfall_ingest, footfall_read;
grant usage on schema analytics to footfall_read, marketing;

grant select on tracking.migrations, tracking.repeatables to footfall_ingest, footfall_read;

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

-- How the last run of each of the scheduler's jobs ended.
create table tracking.job_runs (
    job      text primary key,
    ran_at   timestamptz not null,
    failures bigint not null,  -- in a row
    error    text
);
