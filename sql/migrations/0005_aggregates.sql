-- The read side. Real-time (materialized_only = false): what is not refreshed yet is counted from the raw rows.
-- No aggregate holds the id of a creator; but a refresh counts the raw rows that are there. Whoever erases a creator must
-- therefore keep the rows, under a pseudonym that is the same within one receiver and day: deleted, they are missing
-- in the counts after the next refresh.

-- A day of Kolkata begins at half past the hour in UTC, one of Kathmandu at a quarter to. Every timezone since the
-- year 2000 lies a multiple of fifteen minutes from UTC: of these buckets the hours, days, weeks and months of any
-- timezone add up exactly, also when the raw rows are gone.
create materialized view tracking.event_counts_15min
with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) as
select time_bucket(interval '15 minutes', occurred_at) as start,
       receiver_type,
       receiver_id,
       name,
       source,
       count(*) as events
  from tracking.events
 where excluded is null
 group by 1, 2, 3, 4, 5
with no data;

create index event_counts_15min_by_receiver
    on tracking.event_counts_15min (receiver_type, receiver_id, start desc);
create index event_counts_15min_by_start on tracking.event_counts_15min (start desc);

-- A view keeps its timezone for life, and a view's text takes no parameters: hence the format().
do $$
declare
    timezone text := current_setting('footfall.reporting_timezone');
begin
    execute format($view$
        create materialized view tracking.event_counts_daily
        with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) as
        select time_bucket(interval '1 day', occurred_at, %L) as day,
               receiver_type,
               receiver_id,
               name,
               count(*) as events,
               count(distinct creator) as creators
          from tracking.events
         where excluded is null
         group by 1, 2, 3, 4
        with no data
    $view$, timezone);

    execute format($view$
        create materialized view tracking.activity_daily
        with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) as
        select time_bucket(interval '1 day', occurred_at, %L) as day,
               name,
               source,
               count(*) as events,
               count(distinct creator) as creators,
               count(distinct (receiver_type, receiver_id)) as receivers
          from tracking.events
         where excluded is null
         group by 1, 2, 3
        with no data
    $view$, timezone);
end
$$;

create index event_counts_daily_by_receiver on tracking.event_counts_daily (receiver_type, receiver_id, day desc);
create index event_counts_daily_by_day on tracking.event_counts_daily (day desc, name);
create index activity_daily_by_day on tracking.activity_daily (day desc, name);

-- What sql/policies.sql compresses. A receiver's counts lie together, whatever their time: a question about a receiver opens
-- a batch or two of the ten days that a chunk holds. By time first it would open them all.
alter materialized view tracking.event_counts_15min set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = '',
    timescaledb.orderby = 'receiver_type, receiver_id, start'
);
alter materialized view tracking.event_counts_daily set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = '',
    timescaledb.orderby = 'receiver_type, receiver_id, day'
);
alter materialized view tracking.activity_daily set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = '',
    timescaledb.orderby = 'day, name'
);

grant select on tracking.event_counts_15min, tracking.event_counts_daily, tracking.activity_daily to footfall_read;
