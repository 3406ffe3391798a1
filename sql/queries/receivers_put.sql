-- Adds or replaces receivers: a JSON array of {type, id, owner, title, url, attributes}, each receiver once. Their `contact`
-- is for contacts_remove and contacts_add, which come after it: it locks the receivers.
insert into tracking.receivers (receiver_type, receiver_id, owner, title, url, attributes)
  select type, id, owner, title, url, attributes
    from jsonb_to_recordset(%(receivers)s::jsonb) as (type text, id text, owner text, title text, url text, attributes jsonb)
order by type, id
on conflict (receiver_type, receiver_id) do update
       set owner = excluded.owner, title = excluded.title, url = excluded.url,
           attributes = excluded.attributes, updated_at = now()
