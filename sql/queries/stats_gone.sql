-- Follows stats_scope.sql, with raw_from where raw rows begin to be kept. Whether anything is counted of which they were
-- dropped. Stops at the first.
select exists (select from counts)
