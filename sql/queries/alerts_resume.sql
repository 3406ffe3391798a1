-- Lets alerts go to a webhook again that answered 410, with each new incident, unless that was an answer to a rule: address.
delete from tracking.disabled_webhooks
      where url = %(address)s
        and not exists (select from tracking.notification_rules as rule where rule.url = %(address)s and removed_at is null)
