-- Whether somebody in a message that waits wants it no more: a member's kind was stopped, or its rule was paused or removed.
create or replace function tracking.unwanted(message text) returns boolean
    language sql
    stable
as $$
    select exists (
        select
          from tracking.notifications as member
          join tracking.notification_rules using (rule)
          left join tracking.notification_optouts as stopped using (person, kind)
         where member.message = unwanted.message
           and (stopped.person is not null or paused_at is not null or removed_at is not null))
$$;
revoke all on function tracking.unwanted(text) from public;

-- Whether a message may have arrived: an attempt of it was not refused, or has no end.
create or replace function tracking.perhaps_arrived(message text) returns boolean
    language sql
    stable
as $$
    select exists (
        select
          from tracking.notification_attempts as attempt
         where attempt.message = perhaps_arrived.message
           and outcome is distinct from 'again')
$$;
revoke all on function tracking.perhaps_arrived(text) from public;
