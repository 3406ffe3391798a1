-- Tables for the migrations that this database has, and for functions, views and policies that were ever applied: each with
-- the checksum of its file. The latest row of a name is in force; an older row tells an older version that its file is known.
create table if not exists tracking.migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null default now()
);
create table if not exists tracking.repeatables (
    name       text not null,
    checksum   text not null,
    settings   text not null,  -- the values of those that the file uses
    applied_at timestamptz not null default now(),
    primary key (name, checksum)
)
