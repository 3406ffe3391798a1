-- Begins to fill the outbox with a day of a rule, or goes on: rule, day. Gives the last receiver that is in it, and whether
-- it is done.
with begun as (
    insert into tracking.notification_fills (rule, day) values (%(rule)s, %(day)s)
    on conflict do nothing
)
select coalesce(max(after), '') as after, count(done_at) > 0 as done
  from tracking.notification_fills
 where rule = %(rule)s
   and day = %(day)s
