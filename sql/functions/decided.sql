-- A setting that `migrate` wrote, as a number.
create or replace function tracking.decided(setting text) returns integer
    language sql
    stable
as $$
    select value::integer from tracking.deployment where key = setting
$$;
revoke all on function tracking.decided(text) from public;
