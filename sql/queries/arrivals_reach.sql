-- The moment to which arrivals can be noted in one step of about `most` events.
select tracking.arrivals_reach(%(most)s)
