-- The lake: the catalog of its tables, and which days it has.

-- What no reader of this database needs: a login that could write here could point the lake at other files.
create schema lake;

-- The two tables of an Iceberg SQL catalog, as PyIceberg 0.12, Spark and Trino (JDBC) know them.
create table lake.iceberg_tables (
    catalog_name               varchar(255) not null,
    table_namespace            varchar(255) not null,
    table_name                 varchar(255) not null,
    metadata_location          varchar(1000),  -- the one value that says what a table holds
    previous_metadata_location varchar(1000),
    iceberg_type               varchar(5),
    primary key (catalog_name, table_namespace, table_name)
);
create table lake.iceberg_namespace_properties (
    catalog_name   varchar(255) not null,
    namespace      varchar(255) not null,
    property_key   varchar(255) not null,
    property_value varchar(1000) not null,
    primary key (catalog_name, namespace, property_key)
);

-- The days of arrival (UTC) that the lake has, as it says so itself; a note for people and for `doctor`.
create table tracking.lake_days (
    day           date primary key,
    events        bigint not null check (events >= 0),
    ledger_events bigint not null check (ledger_events >= 0),  -- stored events by the ledger: their sum with `missing`
    missing       bigint not null check (missing >= 0),        -- whose raw rows were dropped before
    snapshot      bigint,                                      -- of the table `events`; null: found later, and expired
    written_at    timestamptz not null default now()
);
grant select on tracking.lake_days to footfall_read;
