-- The first moment of a period from which on the aggregates are not complete, because an event came late and waits for a
-- refresh; on a quarter of an hour. Null: they count all of it. from, to: the period. Half a millisecond.
select tracking.unrefreshed_since(%(from)s, %(to)s)
