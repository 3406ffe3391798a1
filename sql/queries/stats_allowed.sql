-- follows: stats_scope
-- The receivers that a question about an owner may count, as TYPE:ID: one array. The primary is asked, since a replica may
-- know an owner of a moment ago. A millisecond for a thousand.
select array(select receiver_type || ':' || receiver_id from allowed)
