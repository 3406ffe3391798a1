-- Deletes messages, which hold addresses, 30 days after they were settled, and what was told 90 days ago. A milestone that was
-- told stays: it is told once.
with messages as (
    delete from tracking.notification_messages where settled_at < now() - interval '30 days'
),
turns as (
    delete from tracking.notification_turns where day < current_date - 90
),
fills as (
    delete from tracking.notification_fills as fill
     where day < current_date - 90
       and exists (select from tracking.notification_fills as later where later.rule = fill.rule and later.day > fill.day)
)
delete from tracking.notifications
 where settled_at < now() - interval '90 days'
   and threshold is null
