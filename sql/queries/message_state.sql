-- What became of a message: its id.
select state, expires_at <= now() as over from tracking.notification_messages where message = %(message)s
