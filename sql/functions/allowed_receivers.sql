-- The receivers that an answer may be about: those that are granted and asked for.
-- A stats token grants a list, the receivers of an owner, or those in both; a source with the right `stats` reads all.
-- A grant of nothing gives no row. Every stats query goes through this.
create or replace function tracking.allowed_receivers(reads_all boolean, granted text[], granted_owner text, asked text[],
                                           asked_owner text)
    returns table (receiver_type text, receiver_id text)
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    with named as (
        select distinct split_part(key, ':', 1) as receiver_type,
               substr(key, strpos(key, ':') + 1) as receiver_id
          from unnest(coalesce(asked, granted)) as key
         where reads_all or granted is null or key = any (granted)
    )
    -- by name: neither owner is asked for, or the receiver is theirs
    select named.receiver_type, named.receiver_id
      from named
      left join tracking.receivers using (receiver_type, receiver_id)
     where (reads_all or granted is not null or granted_owner is not null)
       and (granted_owner is null or receivers.owner = granted_owner)
       and (asked_owner   is null or receivers.owner = asked_owner)
     union all
    -- by owner alone
    select receivers.receiver_type, receivers.receiver_id
      from tracking.receivers
     where asked is null
       and granted is null
       and (reads_all or granted_owner is not null)
       and receivers.owner = coalesce(granted_owner, asked_owner)
       and (asked_owner is null or receivers.owner = asked_owner)
$$;
revoke all on function tracking.allowed_receivers(boolean, text[], text, text[], text) from public;
grant execute on function tracking.allowed_receivers(boolean, text[], text, text[], text) to footfall_read;
