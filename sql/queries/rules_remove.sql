-- Removes a rule: its name. What waits in the outbox is not sent any more. Gives the row.
with removed as (
       update tracking.notification_rules
          set removed_at = now()
        where rule = %(rule)s
          and removed_at is null
    returning rule, kind, receiver_type, names, measure, per, minimum, compares, few, thresholds, send_at, timezone, quiet_from, quiet_until,
          channel, url, language, at_least_once, first_day, created_at, paused_at, removed_at
),
withheld as (
    update tracking.notifications
       set state = 'withheld', because = 'the rule was removed', settled_at = now()
      from removed
     where notifications.rule = removed.rule
       and state = 'pending'
)
select * from removed
