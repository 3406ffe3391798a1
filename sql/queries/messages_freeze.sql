-- Keeps messages as they will be sent: messages (ids), channel, addresses, bodies, repeatable (at least once), expiries, quiet, timezones. One that
-- was withdrawn or has expired may come again under its id. Gives the ids that it kept.
insert into tracking.notification_messages as known (message, channel, address, body, at_least_once, expires_at,
                                                     quiet, timezone)
select message, %(channel)s, address, body, repeatable, expiry, quiet::jsonb, timezone
  from unnest(%(messages)s::text[], %(addresses)s::text[], %(bodies)s::bytea[], %(repeatable)s::boolean[],
              %(expiries)s::timestamptz[], %(quiet)s::text[], %(timezones)s::text[])
         as frozen (message, address, body, repeatable, expiry, quiet, timezone)
on conflict (message) do update
        set (address, body, at_least_once, state, frozen_at, expires_at, quiet, timezone, next_attempt_at, settled_at)
          = (excluded.address, excluded.body, excluded.at_least_once, 'waiting', now(), excluded.expires_at,
             excluded.quiet, excluded.timezone, now(), null)
      where known.state in ('withdrawn', 'expired')
  returning message
