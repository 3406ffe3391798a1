-- Claims the message of a channel that waits longest, for so many seconds: channel, holder, seconds. None: nothing is due, or
-- others have it. One whose worker was lost after it had handed it over is not claimed, unless it may arrive twice:
-- messages_lost settles it.
with next as (
      select message
        from tracking.notification_messages as known
       where state = 'waiting'
         and channel = %(channel)s
         and next_attempt_at <= now()
         and expires_at > now()
         and (leased_until is null
              or leased_until < now()
                 and (at_least_once
                      or not exists (select
                                       from tracking.notification_attempts as attempt
                                      where attempt.message = known.message
                                        and attempt = known.attempts
                                        and handed_at is not null
                                        and ended_at is null)))
         and not tracking.is_quiet(quiet, timezone)
         and not exists (select from tracking.disabled_webhooks where url = address)
         and (not tracking.unwanted(message) or channel <> 'email' and tracking.perhaps_arrived(message))
    order by next_attempt_at
       limit 1
         for update skip locked
),
claimed as (
    update tracking.notification_messages as known
       set holder = %(holder)s, leased_until = now() + make_interval(secs => %(seconds)s), attempts = attempts + 1
      from next
     where known.message = next.message
    returning known.message, address, body, attempts, at_least_once, expires_at
),
noted as (
    insert into tracking.notification_attempts (message, attempt) select message, attempts from claimed
)
select message, address, body, attempts, at_least_once, expires_at from claimed
