-- Settles messages whose worker was lost after it had handed them over: nobody knows whether they arrived, and they may not
-- be sent twice.
with lost as (
    update tracking.notification_messages as known
       set state = 'unknown', settled_at = now(), holder = null, leased_until = null
     where state = 'waiting'
       and leased_until < now()
       and not at_least_once
       and exists (select
                     from tracking.notification_attempts as attempt
                    where attempt.message = known.message
                      and attempt = known.attempts
                      and handed_at is not null
                      and ended_at is null)
    returning message
)
update tracking.notifications as told
   set state = 'unknown', because = 'the process ended before the mail server answered', settled_at = now()
  from lost
 where told.message = lost.message
   and told.state = 'frozen'
