-- What became of what there was to tell of a receiver on a day, by rule: type, id, day; null: the last days, the newest first.
   select told.rule, told.day, told.person, value, threshold, filled_at, due_at, told.expires_at, told.state, because,
          told.message, told.settled_at, rule.kind, rule.minimum, rule.measure, rule.channel, rule.paused_at, rule.url,
          rule.quiet_from, rule.quiet_until, contact.email is not null as has_email, contact.timezone,
          stopped.since as stopped_since, sent.next_attempt_at, sent.state as message_state, disabled_at
     from tracking.notifications as told
     join tracking.notification_rules as rule using (rule)
     left join lateral tracking.contact_of(person) as contact on true
     left join tracking.notification_optouts as stopped on stopped.person = told.person and stopped.kind = rule.kind
     left join tracking.notification_messages as sent on sent.message = told.message
     left join tracking.disabled_webhooks on disabled_webhooks.url = rule.url
    where told.receiver_type = %(type)s
      and told.receiver_id = %(id)s
      and (%(day)s::date is null or told.day = %(day)s::date)
 order by told.day desc, told.rule
    limit 50
