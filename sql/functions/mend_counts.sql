-- Late events are counted at once: the kept counts of the buckets that they are in are counted again from the raw rows, for their
-- receivers and names alone. A refresh would count all of a day, which takes seconds; it still does, later, and finds the same.
-- Only what lies before the watermark is kept; the rest is counted in real time.

-- By receiver: (aggregate, its column of time, its width as text, the bucket of occurred_at as text, more keys, more counts). Reads the
-- temporary table `late`: occurred_at, receiver_type, receiver_id, name, source. By index: some 10 microseconds for each event of
-- these receivers and buckets.
create or replace function tracking.mend_receivers(aggregate text, bucket text, ends text, keys text[], people boolean)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    made  record;
    first constant text := case when people then 'day' else 'start' end;
    list  constant text := array_to_string(keys, ', ');
begin
    select kept, tracking.moment(watermark) as until into made from tracking.aggregates where name = aggregate;
    execute format($mend$
        with touched as materialized (
            select distinct %2$s as %3$I, %4$s from late where %2$s < $1
        ),
        counted as materialized (
            select touched.*, events %5$s
              from touched
             cross join lateral (
                   select count(*) as events %6$s
                     from tracking.events
                    where %7$s
                      and excluded is null
                      and occurred_at >= touched.%3$I
                      and occurred_at < %8$s) as seen
        ),
        mended as (
            update %1$s as kept
               set events = counted.events %9$s
              from counted
             where kept.%3$I = counted.%3$I and %10$s
        )
        insert into %1$s (%3$I, %4$s, events %5$s)
        select %3$I, %4$s, events %5$s
          from counted
         where not exists (select from %1$s as kept where kept.%3$I = counted.%3$I and %10$s)
    $mend$,
        made.kept, bucket, first, list,
        case when people then ', creators' else '' end,
        case when people then ', count(distinct creator) as creators' else '' end,
        (select string_agg(format('events.%1$I = touched.%1$I', key), ' and ') from unnest(keys) as key),
        ends,
        case when people then ', creators = counted.creators' else '' end,
        (select string_agg(format('kept.%1$I = counted.%1$I', key), ' and ') from unnest(keys) as key))
    using made.until;
end
$$;
revoke all on function tracking.mend_receivers(text, text, text, text[], boolean) from public;

-- Of the whole platform: from the tallies, which have all that was noted (tally.sql). A row that a refresh counted after that has more
-- events than its tally, and stays.
create or replace function tracking.mend_platform(aggregate text, bucket text, people boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    made  record;
    first constant text := case when people then 'day' else 'start' end;
begin
    select kept, tracking.moment(watermark) as until into made from tracking.aggregates where name = aggregate;
    execute format($mend$
        with counted as materialized (
            select tallies.*
              from (select distinct %3$s as bucket, name, source from late where %3$s < $1) as touched
              join tracking.tallies using (bucket, name, source)
             where tallies.aggregate = $2
        ),
        mended as (
            update %1$s as kept
               set events = counted.events %5$s
              from counted
             where kept.%2$I = counted.bucket
               and (kept.name, kept.source) = (counted.name, counted.source)
               and kept.events < counted.events
        )
        insert into %1$s (%2$I, name, source, events %4$s)
        select bucket, name, source, events %4$s
          from counted
         where not exists (select from %1$s as kept
                            where kept.%2$I = counted.bucket and (kept.name, kept.source) = (counted.name, counted.source))
    $mend$,
        made.kept, first, bucket,
        case when people then ', creators, receivers' else '' end,
        case when people then ', creators = counted.creators, receivers = counted.receivers' else '' end)
    using made.until, aggregate;
end
$$;
revoke all on function tracking.mend_platform(text, text, boolean) from public;

-- Mends all four aggregates for the temporary table `late`, whose tallies are there; no refresh runs meanwhile.
create or replace function tracking.mend_counts() returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    zone  constant text := quote_literal((select timezone from tracking.reporting));
    day   constant text := format('date_trunc(''day'', occurred_at, %s)', zone);
    hour  constant text := format('date_bin(%L, occurred_at, ''2000-01-01Z'')', tracking.tally_hour());
begin
    perform pg_advisory_xact_lock(hashtext('footfall: refresh'));
    perform tracking.mend_receivers('event_counts_15min', 'date_bin(''15 minutes'', occurred_at, ''2000-01-01Z'')',
        'touched.start + interval ''15 minutes''', array['receiver_type', 'receiver_id', 'name', 'source'], false);
    perform tracking.mend_receivers('event_counts_daily', day,
        format('(touched.day at time zone %1$s + interval ''1 day'') at time zone %1$s', zone),
        array['receiver_type', 'receiver_id', 'name'], true);
    perform tracking.mend_platform('activity_hourly', hour, false);
    perform tracking.mend_platform('activity_daily', day, true);
end
$$;
revoke all on function tracking.mend_counts() from public;
