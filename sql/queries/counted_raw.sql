-- Events and different creators of some receivers together, between two moments, by name, from the raw rows: types, ids: of the
-- receivers; since, until. Nothing, where raw rows may be gone. Some microseconds an event.
  select name, count(*) as events, count(distinct creator) as creators
    from tracking.events
   where (receiver_type, receiver_id) in (select * from unnest(%(types)s::text[], %(ids)s::text[]))
     and occurred_at >= %(since)s
     and occurred_at < %(until)s
     and excluded is null
     and %(since)s >= tracking.dropped_until()
group by name
