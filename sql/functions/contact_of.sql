-- How to reach a person. A creator is reached by what is said of a receiver that is that person, or belongs to that
-- person; a customer by what is said of the customer's receivers, but never of those that are people: the latest, one with an e-mail address first.
create or replace function tracking.contact_of(person text)
    returns table (email text, language text, timezone text)
    language sql
    stable
as $$
      select contact.email, contact.language, contact.timezone
        from (select contacts.*, 1 as place
                from tracking.receiver_types
                join tracking.contacts using (receiver_type)
               where id_is_person
                 and person like 'creator:%'
                 and receiver_id = substr(person, 9)
               union all
              select contacts.*, 2
                from tracking.receivers
                join tracking.contacts using (receiver_type, receiver_id)
                left join tracking.receiver_types using (receiver_type)
               where not coalesce(id_is_person, false)
                 and case when coalesce(owner_is_person, false) then 'creator:' else 'owner:' end || owner = person
                 and owner = substr(person, strpos(person, ':') + 1)) as contact
    order by contact.email is null, contact.place, contact.updated_at desc, contact.receiver_type, contact.receiver_id
       limit 1
$$;
revoke all on function tracking.contact_of(text) from public;
