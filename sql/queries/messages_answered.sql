-- Notes how an attempt ended: message, attempt, outcome, answer; state: what the message is now; delay: seconds until the
-- next attempt, if it waits; everyone: whether all messages to that address wait as long. Whoever answers first is right.
with answered as (
       update tracking.notification_attempts
          set ended_at = now(), outcome = %(outcome)s, answer = %(answer)s
        where message = %(message)s
          and attempt = %(attempt)s
          and ended_at is null
    returning message
),
settled as (
       update tracking.notification_messages as known
          set state = %(state)s, holder = null, leased_until = null,
              next_attempt_at = now() + make_interval(secs => %(delay)s),
              settled_at = case when %(state)s <> 'waiting' then now() end
         from answered
        where known.message = answered.message
          and known.state = 'waiting'
    returning known.message, known.channel, known.address
),
others as (
    update tracking.notification_messages as known
       set next_attempt_at = greatest(next_attempt_at, now() + make_interval(secs => %(delay)s))
      from settled
     where %(state)s = 'waiting'
       and known.state = 'waiting'
       and known.channel = settled.channel
       and known.address = settled.address
       and known.message <> settled.message
       and known.leased_until is null
),
disabled as (
    insert into tracking.disabled_webhooks (url)
    select address from settled where %(outcome)s = 'gone'
    on conflict do nothing
)
update tracking.notifications as told
   set state = %(state)s, settled_at = now(), because = case when %(state)s <> 'sent' then %(answer)s end
  from settled
 where told.message = settled.message
   and told.state = 'frozen'
   and %(state)s <> 'waiting'
