-- Counts a window of an aggregate again: its name, from, to, and whether also what did not change. Only outside a transaction.
call tracking.refresh(%(aggregate)s::regclass, %(since)s::timestamptz, %(until)s::timestamptz, %(anew)s)
