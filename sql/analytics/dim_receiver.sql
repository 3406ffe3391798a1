-- What events happen on. It runs with its owner's rights: marketing needs none in schema tracking. Receivers that are people
-- are one row a type. Where owners are people, no owner and no address is shown, and no text that holds the owner's id.
-- The view has a column for each attribute that was asked for, so it is made by a function, which the command calls, too.
create or replace function tracking.make_dim_receiver() returns void
    language plpgsql
as $$
declare
    shown  text;
    empty  text;
    column_ record;
begin
    select coalesce(string_agg(format(', case when not hidden or strpos(lower(attributes ->> %1$L), lower(owner)) = 0 then attributes ->> %1$L end as %1$I', attribute),
                               '' order by attribute), ''),
           coalesce(string_agg(', null', ''), '')
      into shown, empty
      from tracking.shown_attributes;
    drop view if exists analytics.dim_receiver;
    execute format($view$
        create view analytics.dim_receiver with (security_barrier) as
        select * from (  -- PostgreSQL hands a reader's condition to each arm of a view that is a union itself
        select receiver_type || ':' || receiver_id as receiver,
               receiver_type,
               receiver_id,
               case when not hidden or strpos(lower(title), lower(owner)) = 0 then title end as title,
               shown_owner as owner,
               case when not hidden then url end as url,
               false as is_person
               %s
          from (select receiver_type, receiver_id, title, owner, shown_owner, url, attributes,
                       owner is not null and receiver_type = any ((select owned_types from tracking.reporting)::text[]) as hidden
                  from tracking.receivers
                 where case when receiver_type = any ((select person_types from tracking.reporting)::text[]) then false else true end
                offset 0  -- a fence: no condition of a reader is looked at before this one, so that a plan tells of nobody
               ) as receivers
         union all
        select receiver_type || ':*', receiver_type, null, 'all of ' || receiver_type, null, null, true %s
          from tracking.receiver_types
         where id_is_person) as receivers
    $view$, shown, empty);
    comment on view analytics.dim_receiver is
        'What events happen on, as the platform describes it. Receivers that are people are one row a type. A receiver that nobody described has facts and no row here: keep them by a left join.';
    for column_ in
        select attname,
               coalesce(case attname
                   when 'receiver'      then 'The receiver, as in job:42, or profile:* for all receivers of a type that are people; the key.'
                   when 'receiver_type' then 'Type, as in job.'
                   when 'receiver_id'   then 'Id; unique within its type. Null for people.'
                   when 'title'         then 'Name for people to read.'
                   when 'owner'         then 'Customer to whom it belongs, by the platform''s own id. Null where not set, and where owners are people.'
                   when 'url'           then 'Address of its page. Null where owners are people.'
                   when 'is_person'     then 'Whether the row stands for all receivers of a type that are people.'
               end, format('Attribute %s of the receiver, as the platform describes it.', attname)) as text
          from pg_attribute
         where attrelid = 'analytics.dim_receiver'::regclass
           and attnum > 0
    loop
        execute format('comment on column analytics.dim_receiver.%I is %L', column_.attname, column_.text);
    end loop;
    grant select on analytics.dim_receiver to footfall_read, marketing;
end
$$;
revoke all on function tracking.make_dim_receiver() from public;
select tracking.make_dim_receiver();
