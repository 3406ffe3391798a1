-- Counts a range of an aggregate again: its name, from, to. Only outside a transaction.
call tracking.refresh(%(aggregate)s::regclass, %(since)s::timestamptz, %(until)s::timestamptz)
