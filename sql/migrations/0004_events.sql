-- Every event, once, and what decides whether it counts. Timescale's own time index would be a second copy of the unique key's first column.

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

-- What came since a moment: the cursor of whoever follows the events, which may be late. As a B-tree 150 times as large.
create index events_by_arrival on tracking.events using brin (received_at);

-- orderby time and no segments: a late event's key is pruned to a few compressed batches.
alter table tracking.events set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = '',
    timescaledb.orderby = 'occurred_at desc'
);

grant select on tracking.events to footfall_ingest;  -- it writes by tracking.ingest() only
grant select on tracking.events to footfall_read;

-- A row of a batch, while tracking.ingest() settles what becomes of it. The letters are those of tracking/ingest/rows.py.
create type tracking.settled as (
    verdict text,
    s       text,         -- source
    c       text,         -- creator
    n       text,         -- name
    t       timestamptz,  -- occurred_at
    i       uuid,         -- event_id
    k       uuid,         -- action_key of a row that the guard has to see, else null
    w       interval,     -- its repeat window
    q       uuid,         -- action_key of a row that has a ceiling, else null
    m       bigint        -- the ceiling
);

-- The double-fire guard: for each key the windows of its counted actions, cut into slots of 32 windows, so that a row
-- never holds more than 33, whatever a key does. A window that crosses the edge of a slot is in both: two windows that
-- overlap have an instant in common, hence a slot. The primary key's row lock settles which of two concurrent actions
-- is first; a multirange keeps earlier windows, so that events may arrive in any order.
create table tracking.recent_actions (
    action_key uuid not null,         -- digest of source, creator, receiver and name
    until      timestamptz not null,  -- the end of the slot
    during     tstzmultirange not null,
    primary key (action_key, until)
) with (fillfactor = 85);  -- room for the next window of a key on its own page

-- Slots that ended before this are not in the guard any more. Then the stored events say what was counted.
create table tracking.guard_memory (
    forgotten_until timestamptz not null
);
insert into tracking.guard_memory values ('-infinity');

-- The ceiling: how many events of one action a creator had counted on one receiver in a day (UTC) by client tokens.
create table tracking.daily_actions (
    action_key uuid not null,  -- digest of source, creator, receiver and action
    day        date not null,
    counted    bigint not null,  -- those beyond the ceiling, which do not count, among them
    primary key (action_key, day)
) with (fillfactor = 85);

-- What was refused, and why: for the front-end developer who asks where an event went.
create table tracking.rejected_events (
    received_at timestamptz not null default now(),
    source      text not null,
    verdict     text not null check (verdict in ('rejected', 'conflict')),
    field       text not null,
    reason      text not null,
    payload     text  -- as sent, up to 16 KB: it may be no JSON that PostgreSQL could hold
);
select create_hypertable(
    'tracking.rejected_events', by_range('received_at', interval '1 day'), create_default_indexes => false
);
create index rejected_events_by_source on tracking.rejected_events (source, received_at desc);

-- Appended in the transaction that wrote the events: what came in, and what became of it. Each line says in which
-- period the events happened, so that it can be held against them without reading all there are.
create table tracking.ingest_ledger (
    received_at   timestamptz not null default now(),
    source        text not null,
    name          text not null,  -- empty where what was sent has no valid one
    verdict       text not null
                  check (verdict in ('accepted', 'repeat', 'bot', 'own', 'duplicate', 'conflict', 'rejected')),
    events        bigint not null check (events > 0),
    occurred_from timestamptz,
    occurred_to   timestamptz
);
select create_hypertable(
    'tracking.ingest_ledger', by_range('received_at', interval '1 day'), create_default_indexes => false
);
create index ingest_ledger_by_time on tracking.ingest_ledger (received_at desc);
alter table tracking.ingest_ledger set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'source',
    timescaledb.orderby = 'received_at desc'
);

grant select on tracking.ingest_ledger, tracking.rejected_events to footfall_read;

-- What was dropped is a fact, and no setting: raw events before this moment may be gone, and what is older is only kept as
-- counts. No row: nothing was ever dropped. It is a midnight of the reporting timezone, so that each bucket of each
-- aggregate lies on one side of it.
create table tracking.dropped (
    only_one boolean primary key default true check (only_one),
    until    timestamptz not null
);
