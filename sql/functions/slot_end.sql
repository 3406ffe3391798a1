-- The end of the slot that holds a moment. The planner inlines it, like a view.
create or replace function tracking.slot_end(moment timestamptz, repeat_window interval)
    returns timestamptz
    language sql
    stable
return date_bin(32 * repeat_window, moment, '1970-01-01 00:00Z') + 32 * repeat_window;
revoke all on function tracking.slot_end(timestamptz, interval) from public;
