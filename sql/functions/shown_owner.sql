-- Keeps tracking.receivers.shown_owner: the owner, or null where receivers of the type, or their owners, are people.
create or replace function tracking.shown_owner(of_type text, owner text) returns text
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $$
    select case when not exists (select
                                   from tracking.receiver_types
                                  where receiver_type = of_type
                                    and (id_is_person or owner_is_person)) then owner end
$$;
revoke all on function tracking.shown_owner(text, text) from public;
grant execute on function tracking.shown_owner(text, text) to footfall_ingest;

create or replace function tracking.show_owner() returns trigger
    language plpgsql
as $$
begin
    new.shown_owner := tracking.shown_owner(new.receiver_type, new.owner);
    return new;
end
$$;
revoke all on function tracking.show_owner() from public;
create or replace trigger show_owner before insert or update on tracking.receivers
    for each row execute function tracking.show_owner();

-- A type that is marked later is hidden in the same transaction.
create or replace function tracking.show_owners() returns trigger
    language plpgsql
as $$
begin
    update tracking.receivers
       set owner = owner
     where receiver_type in (old.receiver_type, new.receiver_type);
    return null;
end
$$;
revoke all on function tracking.show_owners() from public;
create or replace trigger show_owners after insert or update or delete on tracking.receiver_types
    for each row execute function tracking.show_owners();

update tracking.receivers
   set owner = owner
 where shown_owner is distinct from tracking.shown_owner(receiver_type, owner);
