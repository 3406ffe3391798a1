-- What was put aside, whole, by its number: ids.
  select id, received_at, source, verdict, name, cause, field, reason, creator, excluded, retried_at, payload
    from tracking.rejected_events
   where id = any (%(ids)s)
order by id
