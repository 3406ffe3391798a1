-- Follows stats_scope.sql. Whether events are counted of which the raw rows were dropped: before raw_since (null: all).
-- Stops at the first.
select exists (select from counts where %(raw_since)s::timestamptz is null or start < %(raw_since)s::timestamptz)
