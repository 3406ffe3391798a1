-- How many messages of a channel wait for an attempt, at most `limit`: channel, limit.
select count(*)
  from (select
          from tracking.notification_messages
         where state = 'waiting'
           and channel = %(channel)s
           and next_attempt_at <= now()
           and expires_at > now()
           and (leased_until is null or leased_until < now())
           and not tracking.is_quiet(quiet, timezone)
         limit %(limit)s) as due
