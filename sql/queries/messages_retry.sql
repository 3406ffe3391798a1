-- Sends messages again that failed, or of which nobody knows: message, null for all that failed. They must be true and wanted.
-- Gives how many wait again, and how many things they tell.
with again as (
       update tracking.notification_messages
          set state = 'waiting', next_attempt_at = now(), settled_at = null, holder = null, leased_until = null
        where state in ('failed', 'unknown')
          and expires_at > now()
          and not tracking.unwanted(message)
          and (message = %(message)s::text or %(message)s::text is null and state = 'failed')
    returning message
),
members as (
       update tracking.notifications as told
          set state = 'frozen', because = null, settled_at = null
         from again
        where told.message = again.message
          and told.state in ('failed', 'unknown')
    returning 1
)
select (select count(*) from again) as messages, (select count(*) from members) as notifications
