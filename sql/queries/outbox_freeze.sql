-- Says which message each row of the outbox is in: rules, types, ids, days, messages.
update tracking.notifications as told
   set state = 'frozen', message = frozen.message
  from unnest(%(rules)s::text[], %(types)s::text[], %(ids)s::text[], %(days)s::date[], %(messages)s::text[])
       as frozen (rule, receiver_type, receiver_id, day, message)
 where (told.rule, told.receiver_type, told.receiver_id, told.day)
     = (frozen.rule, frozen.receiver_type, frozen.receiver_id, frozen.day)
   and told.state = 'pending'
