-- Sets a type of receiver: type, person, owned_by_person; null leaves a value as it was, or at false. Gives the row.
insert into tracking.receiver_types as known (receiver_type, id_is_person, owner_is_person)
values (%(type)s, coalesce(%(person)s::boolean, false), coalesce(%(owned_by_person)s::boolean, false))
on conflict (receiver_type) do update
       set id_is_person    = coalesce(%(person)s::boolean, known.id_is_person),
           owner_is_person = coalesce(%(owned_by_person)s::boolean, known.owner_is_person)
returning receiver_type, id_is_person, owner_is_person
