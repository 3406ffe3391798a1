-- The receivers that a question about an owner may count, as TYPE:ID: one array. The scope's parameters. The primary is asked,
-- since a replica may know an owner of a moment ago. A millisecond for a thousand.
select array(select receiver_type || ':' || receiver_id
               from tracking.allowed_receivers(%(reads_all)s, %(granted)s::text[], %(granted_owner)s::text,
                                               %(receivers)s::text[], %(owner)s::text))
