-- Every type of receiver about which something is said.
select receiver_type, id_is_person, owner_is_person
  from tracking.receiver_types
order by receiver_type
