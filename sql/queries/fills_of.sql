-- How the outbox was filled with a day of a rule: rule, day. No row: it was not.
select done_at, rows from tracking.notification_fills where rule = %(rule)s and day = %(day)s
