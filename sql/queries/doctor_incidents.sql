-- What was judged until, since when arrivals are known, and how many alerts of two days did not arrive.
select (select judged_until from tracking.alarm_state) as judged_until,
       (select min(first_at) from tracking.alarm_series) as known_since,
       (select count(*)
          from tracking.notification_messages
         where channel in ('alert-webhook', 'alert-email')
           and state in ('failed', 'unknown', 'expired')
           and settled_at > now() - interval '2 days') as lost
