-- The most frequent faults of stored events' properties, five of an entry, and how many kinds it has: days, in so many days.
-- The names are as sent.
  select entry, name, field, reason, events, last_seen, kinds
    from (select coalesce(own.name, split_part(found.name, '__', 1) || '__*') as entry,
                 found.name, field, reason, sum(events)::bigint as events, max(received_at) as last_seen,
                 count(*) over (partition by coalesce(own.name, split_part(found.name, '__', 1) || '__*')) as kinds,
                 row_number() over (partition by coalesce(own.name, split_part(found.name, '__', 1) || '__*')
                                        order by sum(events) desc, found.name, field, reason) as place
            from tracking.property_faults as found
            left join tracking.event_types as own
                   on own.name = found.name
           where received_at >= now() - make_interval(days => %(days)s)
        group by own.name, found.name, field, reason) as ranked
   where place <= 5
order by entry, place
