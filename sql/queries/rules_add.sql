-- Adds a rule, or gives the name of a removed one to it. Gives the row; none where a rule of that name is in force.
insert into tracking.notification_rules as known (
            rule, kind, receiver_type, names, measure, minimum, compares, few, thresholds, send_at, timezone, quiet_from,
            quiet_until, channel, url, language, at_least_once, first_day)
     values (%(rule)s, %(kind)s, %(receiver_type)s, %(names)s, %(measure)s, %(minimum)s, %(compares)s, %(few)s,
             %(thresholds)s::bigint[], %(send_at)s, %(timezone)s, %(quiet_from)s, %(quiet_until)s, %(channel)s, %(url)s,
             %(language)s, %(at_least_once)s, %(first_day)s)
on conflict (rule) do update
        set (kind, receiver_type, names, measure, minimum, compares, few, thresholds, send_at, timezone, quiet_from,
             quiet_until, channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at)
          = (excluded.kind, excluded.receiver_type, excluded.names, excluded.measure, excluded.minimum,
             excluded.compares, excluded.few, excluded.thresholds, excluded.send_at, excluded.timezone,
             excluded.quiet_from, excluded.quiet_until, excluded.channel, excluded.url, excluded.language,
             excluded.at_least_once, excluded.first_day, now(), null, null)
      where known.removed_at is not null
  returning rule, kind, receiver_type, names, measure, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
