-- The attempts of a message, the first to the last: its id.
  select attempt, started_at, handed_at, ended_at, outcome, answer
    from tracking.notification_attempts
   where message = %(message)s
order by attempt
