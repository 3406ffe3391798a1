-- The types of receivers, among those of the question, on which people's visits of what is their own do not count. The scope's
-- parameters, with the types that are allowed. A few rows.
  select receiver_type, id_is_person, owner_is_person
    from tracking.receiver_types
   where (id_is_person or owner_is_person)
     and (%(type)s::text is null or receiver_type = %(type)s::text)
     and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
          or receiver_type = any (%(types)s::text[]))
order by receiver_type
