-- Every type of receiver that was set.
select receiver_type, id_is_person, owner_is_person
  from tracking.receiver_types
order by receiver_type
