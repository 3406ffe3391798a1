-- Computes all buckets of an aggregate anew, changed or not: its name, from, to. Only outside a transaction.
call refresh_continuous_aggregate(%s, %s::timestamptz, %s::timestamptz, force => true)
