-- follows: stats_scope
-- Whether anything is counted whose raw rows were dropped. `to` and `raw_from`: where raw rows begin to be kept.
-- Stops at the first count: a few milliseconds.
select exists (select from counts)
