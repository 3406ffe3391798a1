-- Deletes the guard's slots that ended before a moment, but none of the last day. So ingest() needs guard_memory only for
-- late events, and only then one waits for the other. Slots that ingest() holds locked are deleted the next time.
create or replace function tracking.forget_actions(before timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    update tracking.guard_memory
       set forgotten_until = greatest(forgotten_until, least(before, now() - interval '1 day'));
    delete from tracking.recent_actions
     where ctid = any (array(select ctid
                               from tracking.recent_actions
                              where until < (select forgotten_until from tracking.guard_memory)
                                for update skip locked));
    delete from tracking.daily_actions
     where day < (select forgotten_until from tracking.guard_memory) - interval '1 day';
end
$$;
revoke all on function tracking.forget_actions(timestamptz) from public;
