-- Who is told about a receiver: the person that it is, or whom it belongs to. Null: nobody is known.
create or replace function tracking.person_of(id_is_person boolean, owner_is_person boolean, receiver_id text, owner text)
    returns text
    language sql
    immutable parallel safe
return case when id_is_person    then 'creator:' || receiver_id
            when owner_is_person then 'creator:' || owner
            else 'owner:' || owner end;
revoke all on function tracking.person_of(boolean, boolean, text, text) from public;
