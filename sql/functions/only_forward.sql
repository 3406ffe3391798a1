-- Keeps dropped_until() from moving back: dropped events stay dropped.
create or replace function tracking.only_forward() returns trigger
    language plpgsql
as $$
begin
    if new.until < old.until then
        raise exception 'raw events before % were dropped; that cannot be taken back to %', old.until, new.until;
    end if;
    return new;
end
$$;
create or replace trigger only_forward before update on tracking.dropped
    for each row execute function tracking.only_forward();
revoke all on function tracking.only_forward() from public;
