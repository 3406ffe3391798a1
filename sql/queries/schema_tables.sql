-- Which migrations this database has, and which functions, views and policies were ever applied: each with the checksum
-- that its file had. Of these, the latest of a name is in force; an older one tells an older version that it is known here.
create table if not exists tracking.migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null default now()
);
create table if not exists tracking.repeatables (
    name       text not null,
    checksum   text not null,
    settings   text not null,  -- those that the file asks for, as they were
    applied_at timestamptz not null default now(),
    primary key (name, checksum)
)
