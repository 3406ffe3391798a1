-- Notes how an attempt ended: message, attempt, outcome, answer; state: what the message is now; delay: seconds until the
-- next attempt, if it waits; all others to that address then wait as long. Whoever answers first is right.
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
free as ( -- who locks one just now answers for it, too: two that wait for each other's would never end
    select known.message
      from tracking.notification_messages as known
      join settled
        on settled.channel = known.channel and settled.address = known.address and settled.message <> known.message
     where %(state)s = 'waiting'
       and known.state = 'waiting'
       and known.leased_until is null
       for update of known skip locked
),
others as (
    update tracking.notification_messages as known
       set next_attempt_at = greatest(next_attempt_at, now() + make_interval(secs => %(delay)s))
      from free
     where known.message = free.message
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
