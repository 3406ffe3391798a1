-- Addresses what is due to the person that a receiver belongs to now: its owner may have changed since the outbox was filled,
-- also one who wants no messages. Reads what is due, and what was stopped and is still true, each by an index.
with waiting as (
    select rule, receiver_type, receiver_id, day
      from tracking.notifications
     where state = 'pending'
       and due_at <= %(now)s
     union all
    select rule, receiver_type, receiver_id, day
      from tracking.notifications
     where state = 'opted out'
       and expires_at > %(now)s
),
now_of as (
    select told.rule, told.receiver_type, told.receiver_id, told.day,
           tracking.person_of(coalesce(id_is_person, false), coalesce(owner_is_person, false), told.receiver_id, owner)
               as person
      from waiting as told
      join tracking.notification_rules using (rule)
      left join tracking.receiver_types on receiver_types.receiver_type = told.receiver_type
      left join tracking.receivers
             on receivers.receiver_type = told.receiver_type and receivers.receiver_id = told.receiver_id
     where per = 'receiver'
)
update tracking.notifications as told
   set person = now_of.person, state = 'pending', settled_at = null
  from now_of
 where (told.rule, told.receiver_type, told.receiver_id, told.day)
     = (now_of.rule, now_of.receiver_type, now_of.receiver_id, now_of.day)
   and told.state in ('pending', 'opted out')
   and told.person is distinct from now_of.person
