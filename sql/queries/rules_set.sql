-- Changes how a rule tells, not what it counts. Gives the row; none where no such rule is in force.
   update tracking.notification_rules
      set (minimum, compares, few, send_at, timezone, quiet_from, quiet_until, channel, url, language, at_least_once)
        = (%(minimum)s, %(compares)s, %(few)s, %(send_at)s, %(timezone)s, %(quiet_from)s, %(quiet_until)s, %(channel)s,
           %(url)s, %(language)s, %(at_least_once)s)
    where rule = %(rule)s
      and removed_at is null
returning rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
