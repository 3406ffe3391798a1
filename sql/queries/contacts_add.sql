-- Keeps how to reach the people behind receivers: the JSON array that receivers_put takes; those without a contact have
-- none. After contacts_remove. Some microseconds a receiver.
insert into tracking.contacts (receiver_type, receiver_id, email, language, timezone)
  select type, id, contact ->> 'email', contact ->> 'language', contact ->> 'timezone'
    from jsonb_to_recordset(%(receivers)s::jsonb) as put (type text, id text, contact jsonb)
   where coalesce(contact ->> 'email', contact ->> 'language', contact ->> 'timezone') is not null
order by type, id
