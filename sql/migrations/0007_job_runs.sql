-- Each run of the scheduler's jobs, in place of the last one only. The row is the claim, too: who adds it may work.
-- squawk-ignore ban-drop-table
drop table tracking.job_runs;

-- The jobs that the version in charge has, as it says them.
create table tracking.jobs (
    job      text primary key,
    schedule text not null  -- for people
);

create table tracking.job_runs (
    run         bigint generated always as identity primary key,
    job         text not null references tracking.jobs on delete cascade,
    due_at      timestamptz,           -- of a daily job: the time that this run is for
    instance    text not null,         -- the process that works
    started_at  timestamptz not null default now(),
    alive_until timestamptz not null,  -- its process is lost if it has not moved this by then
    ended_at    timestamptz,
    outcome     text not null default 'running' check (outcome in ('running', 'ok', 'failed', 'broken off')),
    rows        bigint,                -- that the work dealt with, if it counts them
    error       text,
    check ((outcome = 'running') = (ended_at is null))
);
create unique index job_runs_one_at_a_time on tracking.job_runs (job) where outcome = 'running';
create unique index job_runs_once_for_a_time on tracking.job_runs (job, due_at)
    where due_at is not null and outcome in ('running', 'ok');
create index job_runs_by_job on tracking.job_runs (job, run desc);
