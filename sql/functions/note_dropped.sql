-- Notes that raw events before this moment are gone for good.
create or replace function tracking.note_dropped(until timestamptz) returns void
    language sql
as $$
    insert into tracking.dropped (until) values (tracking.midnight_after(note_dropped.until))
    on conflict (only_one) do update set until = excluded.until where dropped.until < excluded.until
$$;
revoke all on function tracking.note_dropped(timestamptz) from public;
