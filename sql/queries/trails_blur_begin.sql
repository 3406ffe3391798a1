-- Says that times before a midnight may tell no more than the day and the order, before any of them does.
--   dropped_until: as trails_blurred told
update tracking.trails_state
   set timed_since = greatest(timed_since, %(dropped_until)s)
