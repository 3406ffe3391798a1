-- Says that the level since an open incident is the usual one, and closes it: incident. False: it is not open.
select tracking.accept_incident(%(incident)s)
