-- Alarms: what arrives of each source and name, what is usual, and the incidents that are open.

-- The series that are watched: a source's names, the source as a whole (name *), and all sources together (source *).
create table tracking.alarm_series (
    source   text not null,
    name     text not null,
    first_at timestamptz not null,
    primary key (source, name)
);

-- The ledger, summed by the minute (for two days) and by the quarter of an hour (for six weeks and three days). The quarters
-- are what the next weeks are held against: where somebody says that another level is the usual one now, they are restated by
-- it; hence no whole numbers.
create table tracking.arrivals (
    minutes   bigint not null check (minutes in (1, 15)),
    start     timestamptz not null,
    source    text not null,
    name      text not null,
    sent      double precision not null,  -- all verdicts
    actions   double precision not null,  -- each action once: neither a repeat nor a duplicate, and no crawler's
    rejected  double precision not null,
    duplicate double precision not null,
    repeat    double precision not null,
    bot       double precision not null,
    clock     double precision not null,  -- taken, but of another time than that of their arrival
    primary key (minutes, source, name, start)
);
create index arrivals_by_time on tracking.arrivals (minutes, start);

-- What was summed and judged. Only one process at a time works: it locks the row.
create table tracking.alarm_state (
    only_one      boolean primary key default true check (only_one),
    settled_until timestamptz,  -- no commit will add to earlier minutes
    judged_until  timestamptz,
    weighed_at    timestamptz   -- the time of tracking.usual_noise and tracking.usual_shares
);
insert into tracking.alarm_state default values;

-- For each quarter of an hour the actions that the six weeks before had at that hour of the week, and how they scattered.
create table tracking.usual_arrivals (
    start    timestamptz not null,
    source   text not null,
    name     text not null,
    expected double precision not null,  -- the median
    spread   double precision not null,  -- the median absolute deviation, scaled to a standard deviation
    primary key (start, source, name)
);

-- How uneven a series is. dispersion: variance by mean of counts side by side (Poisson: 1); variation: squared, of its level.
create table tracking.usual_noise (
    source     text not null,
    name       text not null,
    dispersion double precision not null,
    variation  double precision not null,
    primary key (source, name)
);

-- The usual share of a kind of events at an hour of the day: median and deviation.
create table tracking.usual_shares (
    hour   bigint not null,
    source text not null,
    name   text not null,
    kind   text not null,
    usual  double precision not null,
    spread double precision not null,
    primary key (source, name, kind, hour)
);

-- Names of which a source cannot have more than of others, as patterns: applications come out of views.
create table tracking.alarm_pairs (
    fewer text not null,
    more  text not null,
    primary key (fewer, more)
);
insert into tracking.alarm_pairs
values ('click__application*', 'view*'), ('view*', 'impression*'), ('click*', 'impression*');

-- Marks: which release of a source was deployed when.
create table tracking.releases (
    source      text not null,
    release     text not null check (length(release) between 1 and 100),
    deployed_at timestamptz not null,
    primary key (source, deployed_at, release)
);

create table tracking.incidents (
    incident      bigint generated always as identity primary key,
    source        text not null,
    name          text not null,
    kind          text not null
                  check (kind in ('fewer', 'more', 'rejected', 'duplicate', 'repeat', 'bot', 'clock', 'ratio')),
    opened_at     timestamptz not null,  -- the minute of arrival whose end opened it
    last_good_at  timestamptz,
    first_bad_at  timestamptz not null,
    observed      double precision not null,   -- when it opened: events in the same minutes, or shares
    expected      double precision not null,
    seen_at       timestamptz not null,        -- the last minute in which it was an alarm
    changed       jsonb not null,              -- the release before it, shares and volume before and after
    told          boolean not null default false,  -- its alert was made
    closed_at     timestamptz,
    closed_by     text check (closed_by in ('itself', 'accepted', 'revoked', 'wider')),
    told_over     boolean not null default false,
    check ((closed_at is null) = (closed_by is null))
);
-- One open incident a series and kind: the database keeps the promise.
create unique index incidents_one_open on tracking.incidents (source, name, kind) where closed_at is null;
create index incidents_by_end on tracking.incidents (closed_at);
create index incidents_by_time on tracking.incidents (first_bad_at desc);
create index incidents_to_tell on tracking.incidents (incident) where not told or closed_at is not null and not told_over;
