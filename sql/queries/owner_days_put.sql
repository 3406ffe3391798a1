-- Puts the numbers of owners on a day in the place of the old ones. day; owners: all that were counted, also those without a number;
-- found, names, events, creators: a place for each number.
with found as (
    select *
      from unnest(%(found)s::text[], %(names)s::text[], %(events)s::bigint[], %(creators)s::bigint[])
           as found (owner, name, events, creators)
),
gone as (
    delete from tracking.owner_counts as old
     where owner = any (%(owners)s::text[])
       and day = %(day)s
       and not exists (select from found where (found.owner, found.name) = (old.owner, old.name))
)
insert into tracking.owner_counts as old (owner, day, name, events, creators)
select owner, %(day)s, name, events, creators from found
on conflict (owner, day, name) do update
   set events = excluded.events, creators = excluded.creators
 where (old.events, old.creators) <> (excluded.events, excluded.creators)
