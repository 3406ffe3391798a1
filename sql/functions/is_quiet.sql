-- Whether it is between one of these pairs of times of day now, [["21:00", "08:00"]], by the clock of a timezone.
create or replace function tracking.is_quiet(quiet jsonb, timezone text) returns boolean
    language sql
    stable
as $$
    select exists (
        select
          from jsonb_array_elements(quiet) as hours
         cross join lateral (select (hours ->> 0)::time, (hours ->> 1)::time) as each (since, until)
         cross join lateral (select (now() at time zone timezone)::time) as by (clock)
         where case when since <= until then clock >= since and clock < until else clock >= since or clock < until end)
$$;
revoke all on function tracking.is_quiet(jsonb, text) from public;
