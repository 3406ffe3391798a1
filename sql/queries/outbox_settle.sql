-- Settles what is due and will not be sent, each with its reason. now: the time.
with settled as (
    select told.rule, told.receiver_type, told.receiver_id, told.day,
           case when expires_at <= %(now)s        then 'expired'
                when person is null               then 'no contact'
                when stopped.person is not null   then 'opted out'
                when removed_at is not null       then 'withheld'
                when per = 'owner'
                 and not exists (select
                                   from tracking.receivers
                                  where receivers.receiver_type = rule.receiver_type
                                    and receivers.owner = told.receiver_id)
                                                  then 'withheld'
                when value < minimum
                 and kind <> 'milestone'          then 'withheld'
           end as state,
           case when expires_at <= %(now)s
                then case when paused_at is null then 'it was not sent in time' else 'the rule was paused' end
                when person is null               then 'the receiver has no owner'
                when stopped.person is not null   then null
                when removed_at is not null       then 'the rule was removed'
                when per = 'owner'
                 and not exists (select
                                   from tracking.receivers
                                  where receivers.receiver_type = rule.receiver_type
                                    and receivers.owner = told.receiver_id)
                                                  then 'the owner has no such receivers any more'
                when value < minimum              then format('the minimum of the rule is %%s now', minimum)
           end as because
      from tracking.notifications as told
      join tracking.notification_rules as rule using (rule)
      left join tracking.notification_optouts as stopped using (person, kind)
     where told.state = 'pending'
       and (due_at <= %(now)s or expires_at <= %(now)s)
)
update tracking.notifications as told
   set state = settled.state, because = settled.because, settled_at = %(now)s
  from settled
 where (told.rule, told.receiver_type, told.receiver_id, told.day)
     = (settled.rule, settled.receiver_type, settled.receiver_id, settled.day)
   and settled.state is not null
   and told.state = 'pending'
