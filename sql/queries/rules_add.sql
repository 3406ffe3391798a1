-- Adds a rule. Gives the row; none where a rule has, or had, that name: what was told by it stays on record.
insert into tracking.notification_rules (
            rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from,
            quiet_until, channel, url, language, at_least_once, first_day)
     values (%(rule)s, %(kind)s, %(receiver_type)s, %(names)s, %(measure)s, %(per)s, %(minimum)s, %(compares)s, %(few)s,
             %(thresholds)s::bigint[], %(send_at)s, %(timezone)s, %(quiet_from)s, %(quiet_until)s, %(channel)s, %(url)s,
             %(language)s, %(at_least_once)s, %(first_day)s)
on conflict do nothing
  returning rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
