-- What the catalogue asks of properties, what was found wrong with them, and what it takes to take a rejected event again.
-- squawk-ignore-file constraint-missing-not-valid

-- mode: what becomes of an event whose properties do not fit. Before reject_from, 'reject' is 'warn'.
-- schema_digest: of the text of property_schema, so that a process reads a schema once, and not every two seconds.
alter table tracking.event_types
    add column schema_digest text,
    add column mode text not null default 'observe',
    add column reject_from date,
    add column updated_at timestamptz not null default now();
update tracking.event_types set schema_digest = md5(property_schema::text) where property_schema is not null;
alter table tracking.event_types
    add constraint modes_are_known check (mode in ('observe', 'warn', 'reject')),
    add constraint schemas_have_a_digest check ((property_schema is null) = (schema_digest is null)),
    add constraint only_rejecting_has_a_date check (reject_from is null or mode = 'reject');

-- Stored events whose properties do not fit, counted as they are written: retries are none.
create table tracking.property_faults (
    received_at timestamptz not null default now(),
    source      text not null,
    name        text not null,
    mode        text not null check (mode in ('observe', 'warn')),
    field       text not null,
    reason      text not null,
    events      bigint not null check (events > 0)
);
select create_hypertable(
    'tracking.property_faults', by_range('received_at', interval '1 day'), create_default_indexes => false
);
create index property_faults_by_time on tracking.property_faults (received_at desc);
grant select on tracking.property_faults to footfall_read;

-- cause: the kind of fault; null where an older version wrote the row. Only 'name' and 'schema' are mended by a catalogue.
-- creator: of the client token; null where the sender was a source. excluded: how the event would have been stored.
create sequence tracking.rejected_ids;
alter table tracking.rejected_events
    add column id bigint,
    add column cause text,
    add column name text,
    add column creator text,
    add column excluded text,
    add column retried_at timestamptz;
update tracking.rejected_events set id = nextval('tracking.rejected_ids');
alter table tracking.rejected_events alter column id set default nextval('tracking.rejected_ids');
alter table tracking.rejected_events
    add constraint causes_are_known
    check (cause in ('invalid', 'scope', 'time', 'name', 'schema', 'conflict', 'database', 'limit'));
create index rejected_events_by_id on tracking.rejected_events (id);
