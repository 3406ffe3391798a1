-- Withdraws messages that would not be made as they are any more, if they surely did not arrive or are mails, which have one
-- reader; and messages that are not true any more. What is in them and still true is pending again: for all others another
-- message is made.
with over as (
    select message, channel, expires_at <= now() as expired
      from tracking.notification_messages
     where state = 'waiting'
       and (leased_until is null or leased_until < now())
       and (expires_at <= now()
            or tracking.unwanted(message) and (channel = 'email' or not tracking.perhaps_arrived(message)))
       for update skip locked
),
withdrawn as (
    update tracking.notification_messages as known
       set state = case when expired then 'expired' else 'withdrawn' end, settled_at = now(), holder = null,
           leased_until = null
      from over
     where known.message = over.message
),
members as (
    update tracking.notifications as told
       set state      = case when expires_at <= now() then 'expired' else 'pending' end,
           because    = case when expires_at <= now() then 'it could not be delivered in time' end,
           settled_at = case when expires_at <= now() then now() end,
           message    = case when expires_at <= now() then told.message end
      from over
     where told.message = over.message
       and told.state = 'frozen'
    returning over.channel, person, day, state
),
people as (
      select channel, person, max(day) as day
        from members
    group by channel, person
      having bool_or(state = 'pending')
)
delete from tracking.notification_turns as turn
      using people
      where turn.channel = people.channel
        and turn.person = people.person
        and turn.day = people.day
