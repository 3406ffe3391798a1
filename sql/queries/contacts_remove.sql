-- Forgets how to reach the people behind receivers: the JSON array that receivers_put takes. Before contacts_add: the API's
-- role may not read what it would replace. Some microseconds a receiver.
delete from tracking.contacts
 using jsonb_to_recordset(%(receivers)s::jsonb) as put (type text, id text)
 where (receiver_type, receiver_id) = (put.type, put.id)
