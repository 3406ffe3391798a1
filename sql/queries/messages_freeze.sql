-- Keeps messages as they will be sent: messages (ids), channel, addresses, bodies, repeatable (at least once), expiries. One that
-- was withdrawn or has expired may come again under its id. Gives the ids that it kept.
insert into tracking.notification_messages as known (message, channel, address, body, at_least_once, expires_at)
select message, %(channel)s, address, body, repeatable, expiry
  from unnest(%(messages)s::text[], %(addresses)s::text[], %(bodies)s::bytea[], %(repeatable)s::boolean[],
              %(expiries)s::timestamptz[]) as frozen (message, address, body, repeatable, expiry)
on conflict (message) do update
        set (address, body, at_least_once, state, frozen_at, expires_at, next_attempt_at, settled_at)
          = (excluded.address, excluded.body, excluded.at_least_once, 'waiting', now(), excluded.expires_at, now(), null)
      where known.state in ('withdrawn', 'expired')
  returning message
