-- The rules in force: name, channel, url, and since when its webhook wants nothing more (410), or null.
   select rule, channel, url, disabled_at
     from tracking.notification_rules
     left join tracking.disabled_webhooks using (url)
    where removed_at is null
 order by rule
