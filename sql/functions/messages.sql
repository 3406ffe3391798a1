-- Whether a message that waits, or may be sent again, is not as it would be made now: somebody in it stopped its kind, its rule was paused, removed or
-- tells in another way, a receiver belongs to somebody else, or a mail's address is not the person's any more.
create or replace function tracking.unwanted(message text) returns boolean
    language sql
    stable
as $$
    select exists (
        select
          from tracking.notifications as member
          join tracking.notification_messages as sent using (message)
          join tracking.notification_rules as rule using (rule)
          left join tracking.notification_optouts as stopped using (person, kind)
          left join tracking.receivers
                 on receivers.receiver_type = member.receiver_type and receivers.receiver_id = member.receiver_id
          left join tracking.receiver_types on receiver_types.receiver_type = member.receiver_type
         where member.message = unwanted.message
           and member.state in ('frozen', 'failed', 'unknown')
           and (   stopped.since is not null
                or paused_at is not null
                or removed_at is not null
                or rule.channel <> sent.channel
                or rule.url <> sent.address
                or per = 'receiver'
                   and member.person is distinct from tracking.person_of(
                       coalesce(id_is_person, false), coalesce(owner_is_person, false), member.receiver_id, owner)
                or rule.url is null
                   and not exists (select from tracking.contact_of(member.person) where email = sent.address)))
$$;
revoke all on function tracking.unwanted(text) from public;

-- Whether a message may have arrived: an attempt was handed over, and was not refused.
create or replace function tracking.perhaps_arrived(message text) returns boolean
    language sql
    stable
as $$
    select exists (
        select
          from tracking.notification_attempts as attempt
         where attempt.message = perhaps_arrived.message
           and handed_at is not null
           and coalesce(outcome, 'unknown') in ('unknown', 'sent'))
$$;
revoke all on function tracking.perhaps_arrived(text) from public;
