-- Writes what is told of receivers: three arrays.
update tracking.peers
   set comparison = told.comparison::jsonb
  from unnest(%(types)s::text[], %(ids)s::text[], %(comparisons)s::text[]) as told (receiver_type, receiver_id, comparison)
 where peers.receiver_type = told.receiver_type
   and peers.receiver_id   = told.receiver_id
