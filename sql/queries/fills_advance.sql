-- Notes how far the outbox is filled with a day of a rule: rule, day, after, rows to add, and whether that was all.
update tracking.notification_fills
   set after   = %(after)s,
       rows    = rows + %(rows)s,
       done_at = case when %(done)s then coalesce(done_at, now()) end
 where rule = %(rule)s
   and day = %(day)s
