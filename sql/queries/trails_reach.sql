-- The moment to which the trails can be extended in one step of about `most` events.
select tracking.trails_reach(%(most)s)
