-- Trails: who did what, when, receiver by receiver, packed. They tell people and events of any receivers, names, sources and
-- times together, in milliseconds, and outlive the raw rows. A job fills them by arrival (sql/functions/extend_trails.sql).
-- squawk-ignore-file prefer-bigint-over-int
-- (a number of four bytes is what a trail holds of a person: two billion are enough)

-- Numbers for texts, for life.
create table tracking.people (
    creator text primary key,
    person  integer generated always as identity  -- no index: nobody looks for whose it is
);
create table tracking.places (
    receiver_type text not null,
    receiver_id   text not null,
    place         integer generated always as identity unique,
    primary key (receiver_type, receiver_id)
);
create table tracking.kinds (
    name   text not null,
    source text not null,
    kind   integer generated always as identity unique,
    primary key (name, source)
);

-- The counted events of a receiver in whole days of UTC, [since, until). The same event is at the same place in each column.
--   A row of one day, quarters null: in no order, in the form in which PostgreSQL sends numbers (int4send, timestamptz_send), so
--   that a row that comes later is put behind it.
--   A row of more days: in order of time, in numbers as narrow as they may be (tracking/trails/packing.py).
create table tracking.trails (
    place    integer not null,
    since    date not null,
    until    date not null,
    events   integer not null check (events > 0),
    people   bytea not null,  -- tracking.people
    kinds    bytea not null,  -- tracking.kinds
    quarters bytea,           -- how many quarters of an hour after the event before it
    times    bytea not null,  -- microseconds since 2000-01-01 UTC; beside quarters: since the quarter began
    -- Whether these are the times when it happened. Once the raw rows are gone, they only tell the day (of UTC, and of the reporting
    -- timezone) and the order: its beginning, and as many microseconds as there are earlier moments.
    timed    boolean not null default true,
    primary key (place, since, until),
    check (case when quarters is null then until = since + 1 else until > since + 1 end)
);
-- They hardly get smaller, and a reader waits for what is compressed.
alter table tracking.trails
    alter people set storage external,
    alter kinds set storage external,
    alter quarters set storage external,
    alter times set storage external;

-- How far the trails are: they hold the events that happened before `until` and arrived before it, and no others.
-- Null: none yet. What happened before `since` may be lacking: its raw rows were dropped before they came into a trail.
-- Before `timed_since`, a midnight, times may tell only the day and the order. No person has a higher number than `people`.
create table tracking.trails_state (
    only_one    boolean primary key default true check (only_one),
    since       timestamptz not null default '-infinity',
    until       timestamptz,
    people      integer not null default 0,
    timed_since timestamptz not null default '-infinity'
);
insert into tracking.trails_state default values;

-- Events that were put back behind that moment (tracking.restore): the next run takes them in.
create table tracking.trails_inbox (
    occurred_at   timestamptz not null,
    source        text not null,
    creator       text not null,
    receiver_type text not null,
    receiver_id   text not null,
    name          text not null
);

grant select on tracking.people, tracking.places, tracking.kinds, tracking.trails, tracking.trails_state, tracking.trails_inbox
   to footfall_read;
