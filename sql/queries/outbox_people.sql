-- People to whom something is due through a channel, those who wait longest first, and how to reach them; `day`: the last day
-- of what is due; `rules`: those that say so. channel, now, limit: of rows to look at.
-- Reads so many rows in the order of their index; a join of the rules would have it sort all that is due.
with waiting as (
      select person, day, rule
        from tracking.notifications
       where state = 'pending'
         and due_at <= %(now)s
         and expires_at > %(now)s
         and person is not null
         and rule = any (array(
             select rule
               from tracking.notification_rules
              where paused_at is null
                and channel = %(channel)s
                and removed_at is null
                and not exists (select
                                  from tracking.disabled_webhooks
                                 where disabled_webhooks.url = notification_rules.url)))
    order by due_at
       limit %(limit)s
),
people as (
      select person, max(day) as day, array_agg(distinct rule) as rules
        from waiting
    group by person
)
   select person, day, rules, email, language, timezone
     from people
     left join lateral tracking.contact_of(person) as contact on true
 order by person
