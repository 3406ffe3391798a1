-- The moment up to which every aggregate has counted all events before a given moment: the first change behind a watermark,
-- or the first event beyond one; infinity if there is neither.
create or replace function tracking.counted_until(before timestamptz) returns timestamptz
    language sql
    stable
as $$
    select least('infinity',
                 (select tracking.moment(min(lower(changed)))
                    from tracking.waiting('-infinity', before)
                   where lower(changed) < watermark),
                 (select min(occurred_at)
                    from tracking.events
                   where occurred_at < before
                     and excluded is null
                     and occurred_at >= (
                         select tracking.moment(min(watermark)) from tracking.aggregates)))
$$;
revoke all on function tracking.counted_until(timestamptz) from public;
