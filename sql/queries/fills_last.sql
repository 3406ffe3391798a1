-- The last day of each rule with which the outbox was filled.
  select rule, max(day) as day
    from tracking.notification_fills
   where done_at is not null
group by rule
