-- Puts off what is due to people until their quiet hours are over: persons, until (a time each).
update tracking.notifications as told
   set due_at = quiet.until
  from unnest(%(persons)s::text[], %(until)s::timestamptz[]) as quiet (person, until)
 where told.person = quiet.person
   and told.rule = any (%(rules)s)
   and state = 'pending'
   and due_at <= %(now)s
