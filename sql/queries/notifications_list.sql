-- The newest rows of the outbox: state, rule and day, each null for any; limit.
   select told.rule, receiver_type || ':' || receiver_id as receiver, told.day, told.person, value, threshold, told.state,
          because, told.message, told.filled_at, told.due_at, told.expires_at, told.settled_at,
          coalesce(sent.attempts, 0) as attempts
     from tracking.notifications as told
     left join tracking.notification_messages as sent using (message)
    where (%(state)s::text is null or told.state = %(state)s::text)
      and (%(rule)s::text is null or told.rule = %(rule)s::text)
      and (%(day)s::date is null or told.day = %(day)s::date)
 order by told.day desc, told.rule, receiver_type, receiver_id
    limit %(limit)s
