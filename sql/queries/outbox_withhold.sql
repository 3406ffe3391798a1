-- Settles what is pending for people on days up to one each: persons, days, and in which state, for which reason; rules: of a
-- channel.
update tracking.notifications as told
   set state = %(state)s, because = %(because)s, settled_at = now()
  from unnest(%(persons)s::text[], %(days)s::date[]) as taken (person, day)
 where told.person = taken.person
   and told.day <= taken.day
   and told.rule = any (%(rules)s)
   and told.state = 'pending'
   and told.due_at <= %(now)s
