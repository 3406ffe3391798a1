-- The moment before which raw events may be gone (null: all are there), and the moment from which on answers read the raw
-- events, since something waits to be counted there (null: nothing waits).
select nullif(tracking.dropped_until(), '-infinity'), tracking.unrefreshed_since('-infinity', now())
