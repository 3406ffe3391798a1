-- Numbers that were told and changed later; and exact people of weeks, months and owners' days, for marketing. A job fills all of
-- it by arrival (tracking/aggregates/facts.py), and it outlives the raw rows.

-- A day (of the reporting timezone) of a receiver whose numbers were told, and then changed. Told: the day was over when the event
-- arrived. A row for each run of the job that found some; `before` is without these events, `after` is with them. Events of all
-- names that count, and their different creators. Null: unknown.
create table tracking.restatements (
    receiver_type   text not null,
    receiver_id     text not null,
    day             date not null,
    restated_at     timestamptz not null default now(),
    events_before   bigint not null,
    events_after    bigint not null,
    creators_before bigint,
    creators_after  bigint,
    -- late: it came within the lateness window; import: later than that, from a file; restore: put back from the lake;
    -- recount: corrected by hand; erasure: a person was erased
    reason          text not null check (reason in ('late', 'import', 'restore', 'recount', 'erasure')),
    primary key (receiver_type, receiver_id, day, restated_at)
);
grant select on tracking.restatements to footfall_read;

-- Until which moment what arrived was noted: as a restatement, and as due to be counted below. Null: nothing yet.
create table tracking.noted_arrivals (
    only_one boolean primary key default true check (only_one),
    until    timestamptz
);
insert into tracking.noted_arrivals default values;
grant select on tracking.noted_arrivals to footfall_read;

-- Counted events that were put back behind that moment (tracking.restore): the next run notes them.
create table tracking.noted_inbox (
    occurred_at timestamptz not null,
    event_id    uuid not null,
    source      text not null,
    creator     text not null
);

-- Events and different creators of a receiver and name in a week (by its Monday) or a month (by its first day).
create table tracking.period_counts (
    receiver_type text not null,
    receiver_id   text not null,
    grain         text not null check (grain in ('week', 'month')),
    start         date not null,
    name          text not null,
    events        bigint not null,
    creators      bigint not null,
    primary key (receiver_type, receiver_id, grain, start, name)
);
create index period_counts_by_start on tracking.period_counts (grain, start, name);

-- Events and different creators of all receivers of an owner together, by day and name. Only owners that marketing may see.
create table tracking.owner_counts (
    owner    text not null,
    day      date not null,
    name     text not null,
    events   bigint not null,
    creators bigint not null,
    primary key (owner, day, name)
);
create index owner_counts_by_day on tracking.owner_counts (day, name);

-- What changed and is to be counted again. A mark that is made while it is counted is a newer row, or makes that count fail.
create table tracking.periods_due (
    grain         text not null,
    start         date not null,
    receiver_type text not null,
    receiver_id   text not null,
    marked_at     timestamptz not null default now(),
    primary key (grain, start, receiver_type, receiver_id)
);
create table tracking.owner_days_due (
    day       date not null,
    owner     text not null,
    marked_at timestamptz not null default now(),
    primary key (day, owner)
);
-- Receivers that an owner got or lost since the last run: their days of the owner are due.
create table tracking.owners_changed (
    owner         text not null,
    receiver_type text not null,
    receiver_id   text not null
);
grant select on tracking.period_counts, tracking.owner_counts, tracking.periods_due, tracking.owner_days_due, tracking.owners_changed
   to footfall_read;
