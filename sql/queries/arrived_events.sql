-- follows: arrived_scope
-- The first of them in order of (received_at, event_id), as many as `rows`, or until their JSON is longer than `most`
-- characters. A number as 1e300 is a hundred times as long as it was sent, and it takes as long to write it.
  select occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name, properties, context, excluded
    from (select occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name, properties, context,
                 excluded, sum(coalesce(length(properties), 0) + coalesce(length(context), 0)) over earlier as before
            from (select occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name,
                         properties::text, context::text, excluded
                    from (  select *
                              from found
                          order by received_at, event_id, occurred_at, source, creator
                             limit %(rows)s) as first) as written
          window earlier as (order by received_at, event_id, occurred_at, source, creator
                              rows between unbounded preceding and 1 preceding)) as measured
   where coalesce(before, 0) < %(most)s
order by received_at, event_id, occurred_at, source, creator
