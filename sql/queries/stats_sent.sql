-- follows: stats_scope
-- Whether anything was counted in a period of which the aggregates are read, and no raw rows. Stops at the first count: a few
-- milliseconds.
select exists (select from counts)
