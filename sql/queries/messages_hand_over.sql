-- Notes that a message may arrive from now on, if it is still this holder's, and keeps it for so many seconds more: message,
-- attempt, holder, seconds. No row: another has it.
with held as (
       update tracking.notification_messages
          set leased_until = now() + make_interval(secs => %(seconds)s)
        where message = %(message)s
          and attempts = %(attempt)s
          and holder = %(holder)s
          and leased_until > now()
          and state = 'waiting'
    returning message, attempts
)
   update tracking.notification_attempts as attempt
      set handed_at = now()
     from held
    where attempt.message = held.message
      and attempt = held.attempts
returning true
