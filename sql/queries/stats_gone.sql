-- Follows stats_scope.sql. Whether events are counted of which the raw rows may be gone: before dropped_until. Stops at the
-- first.
select exists (select from counts where start < %(dropped_until)s::timestamptz)
