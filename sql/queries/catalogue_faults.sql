-- The most frequent faults of stored events' properties, five of a name, in so many days: days. The names are as sent.
  select name, field, reason, events, last_seen
    from (select name, field, reason, sum(events)::bigint as events, max(received_at) as last_seen,
                 row_number() over (partition by name order by sum(events) desc, field, reason) as place
            from tracking.property_faults
           where received_at >= now() - make_interval(days => %(days)s)
        group by name, field, reason) as ranked
   where place <= 5
order by name, place
