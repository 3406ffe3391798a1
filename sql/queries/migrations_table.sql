-- Which migrations this database has, and the checksum each had when it was applied.
create table if not exists tracking.migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null default now()
)
