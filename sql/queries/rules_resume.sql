-- Lets a rule go on: its name, and the first day that it tells then. Its webhook is tried again. Gives the row.
with resumed as (
        update tracking.notification_rules
           set paused_at = null,
               first_day = greatest(first_day, case when paused_at is null then first_day else %(day)s::date end)
         where rule = %(rule)s
           and removed_at is null
     returning rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
),
tried as (
    delete from tracking.disabled_webhooks using resumed where disabled_webhooks.url = resumed.url
)
select * from resumed
