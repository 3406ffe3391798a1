-- Computes the invalidated buckets of an aggregate anew: its name, from, to. Only outside a transaction.
call refresh_continuous_aggregate(%s, %s::timestamptz, %s::timestamptz)
