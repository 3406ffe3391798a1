-- Trails: who did what, when, receiver by receiver, packed. They tell people and events of any receivers, names, sources and
-- times together, in milliseconds, and outlive the raw rows. A job fills them by arrival (sql/functions/extend_trails.sql).
-- squawk-ignore-file prefer-bigint-over-int
-- (a number of four bytes is what a trail holds of a person: two billion are enough)

-- Numbers for texts, for life.
create table tracking.people (
    creator text primary key,
    person  integer generated always as identity unique
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

-- The counted events of a receiver in whole days of UTC, [since, until): one day as a rule. Three columns of as many
-- values, the same event at the same place in each, in no order. They are in the form in which PostgreSQL sends them
-- (int4send, timestamptz_send), so that many rows together are one array.
create table tracking.trails (
    place  integer not null,
    since  date not null,
    until  date not null check (until > since),
    people bytea not null,  -- 4 bytes each: tracking.people
    kinds  bytea not null,  -- 4 bytes each: tracking.kinds
    times  bytea not null,  -- 8 bytes each: microseconds since 2000-01-01, UTC
    -- Whether these are the times when it happened. Once the raw rows are gone, they only tell the day of the reporting timezone
    -- and the order: its midnight, and as many microseconds as there are earlier moments.
    timed  boolean not null default true,
    primary key (place, since)
);
-- People and times hardly get smaller, and a reader waits for what is compressed.
alter table tracking.trails
    alter people set storage external,
    alter times set storage external;

-- How far the trails are: they hold the events that happened before `until` and arrived before it, and no others.
-- Null: none yet. What happened before `since` may be lacking: its raw rows were dropped before they came into a trail.
-- Before `timed_since`, a midnight, times may tell only the day and the order.
create table tracking.trails_state (
    only_one    boolean primary key default true check (only_one),
    since       timestamptz not null default '-infinity',
    until       timestamptz,
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
