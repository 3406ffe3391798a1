-- What was told of the receivers of these owners and this type, as peers_told.sql: at most `most` each, the newest first.
select owners.owner, told.*
  from unnest(%(owners)s::text[]) as owners (owner)
 cross join tracking.peers_state
 cross join lateral (
         select receiver_type, receiver_id, title, counted_on, false as is_person, age, comparison
           from tracking.peers
           join tracking.receivers using (receiver_type, receiver_id)
          where peers.owner = owners.owner
            and shown_owner = owners.owner
            and receiver_type = %(type)s
            and comparison is not null
       order by first_day desc, receiver_id
          limit %(most)s) as told
