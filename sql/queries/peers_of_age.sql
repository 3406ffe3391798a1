-- All receivers that were counted at this age: their numbers then.
  select receiver_type, receiver_id, owner, attributes,
         array[counted.impressions, counted.views, counted.applications] as numbers
    from tracking.peer_ages as counted
    join tracking.peers using (receiver_type, receiver_id)
   where counted.age = %(age)s
     and owner is not null
order by receiver_type, receiver_id
