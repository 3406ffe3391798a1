-- The rules in force, by name; rule: only that one, null for all.
   select rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
     from tracking.notification_rules
    where removed_at is null
      and (%(rule)s::text is null or rule = %(rule)s::text)
 order by rule
