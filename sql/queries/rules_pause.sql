-- Pauses a rule: its name. Gives the row.
   update tracking.notification_rules
      set paused_at = coalesce(paused_at, now())
    where rule = %(rule)s
      and removed_at is null
returning rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
