-- Counts a range of an aggregate again: its name, from, to, and whether to count unchanged parts, too. Only outside a
-- transaction.
call tracking.refresh(%(aggregate)s::regclass, %(since)s::timestamptz, %(until)s::timestamptz, %(anew)s)
