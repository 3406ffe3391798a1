-- follows: arrived_scope
-- In order of (received_at, event_id): from the first on, until their texts of JSON are longer than `most` characters. Numbers
-- as 1e300 are a hundred times as long as they were sent.
  select occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name, properties, context, excluded
    from (select *, sum(coalesce(length(properties), 0) + coalesce(length(context), 0)) over earlier as before
            from found
          window earlier as (order by received_at, event_id, occurred_at, source, creator
                              rows between unbounded preceding and 1 preceding)) as measured
   where coalesce(before, 0) < %(most)s
order by received_at, event_id, occurred_at, source, creator
