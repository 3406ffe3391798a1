-- Before when raw events may be gone (null: none is), and from when on answers read the raw events, since something waits
-- to be counted there (null: nothing does).
select nullif(tracking.dropped_until(), '-infinity'), tracking.unrefreshed_since('-infinity', now())
