-- What the whole platform did in an hour or a day, of all that was noted (tracking.noted_arrivals): so that a late event is added to
-- it, and not all of the day counted again. A job fills and forgets it (sql/functions/tally.sql).

-- The hours and days that have tallies. The others are counted when the first late event needs them, or once they are over.
create table tracking.tallied (
    aggregate text not null check (aggregate in ('activity_hourly', 'activity_daily')),
    bucket    timestamptz not null,
    primary key (aggregate, bucket)
);

-- As a row of the aggregate. The aggregate has later numbers where a refresh counted what was not noted yet.
create table tracking.tallies (
    aggregate text not null,
    bucket    timestamptz not null,
    name      text not null,
    source    text not null,
    events    bigint not null,
    creators  bigint,  -- null: of an hour
    receivers bigint,
    primary key (aggregate, bucket, name, source),
    foreign key (aggregate, bucket) references tracking.tallied on delete cascade
);

-- Whom a day's tally counts: each id once, in one of 256 rows, so that it is looked for in one of them.
create table tracking.tallied_ids (
    aggregate text not null default 'activity_daily',
    bucket    timestamptz not null,
    name      text not null,
    source    text not null,
    what      text not null check (what in ('creator', 'receiver')),
    -- squawk-ignore prefer-bigint-over-smallint
    slot      smallint not null,
    ids       text[] not null,
    primary key (bucket, name, source, what, slot),
    foreign key (aggregate, bucket) references tracking.tallied on delete cascade
);

-- That read all of a day (sql/functions/mend_counts.sql has another in its place).
-- squawk-ignore ban-drop-function
drop function if exists tracking.mend_platform(text, text, text, boolean);
