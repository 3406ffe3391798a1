-- The lake: the catalog of its tables, and which days it has.

-- Nobody but its owner has a right there: who could write there could point the lake at other files.
create schema lake;

-- The two tables of an Iceberg SQL catalog, as PyIceberg 0.12, Spark and Trino (JDBC) know them.
create table lake.iceberg_tables (
    catalog_name               text not null,
    table_namespace            text not null,
    table_name                 text not null,
    metadata_location          text,  -- the one value that says what a table holds
    previous_metadata_location text,
    iceberg_type               text,
    primary key (catalog_name, table_namespace, table_name)
);
create table lake.iceberg_namespace_properties (
    catalog_name   text not null,
    namespace      text not null,
    property_key   text not null,
    property_value text not null,
    primary key (catalog_name, namespace, property_key)
);

-- The days of arrival (UTC) that the lake has, as it says so itself; a note for people and for `doctor`.
create table tracking.lake_days (
    day           date primary key,
    events        bigint not null check (events >= 0),
    ledger_events bigint not null,                       -- stored, by the ledger
    missing       bigint not null check (missing >= 0),  -- those of them whose raw rows were dropped before
    snapshot      bigint,                                -- of the table `events`; null: found later, and expired
    outdated      boolean not null default false,        -- rows of it were put back since: it is written again
    written_at    timestamptz not null default now(),
    check (ledger_events = events + missing)
);
grant select on tracking.lake_days to footfall_read;
