-- Rows whose raw events are all gone, and whose times still tell more than the day and the order. rows: how many at most.
  select place, timed, since, until, events, people, kinds, quarters, times
    from tracking.trails
   where timed
     and until <= (%(dropped_until)s::timestamptz at time zone 'UTC')::date
   limit %(rows)s
