-- The receivers of these owners, as far as marketing may see whose they are: (owner, receiver_type, receiver_id). Reads the index.
select shown_owner as owner, receiver_type, receiver_id
  from tracking.receivers
 where shown_owner = any (%(owners)s::text[])
