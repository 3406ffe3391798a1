-- Puts the numbers of receivers in a week or month in the place of the old ones. grain, start; types, ids: all receivers that were
-- counted, also those without a number; found_types, found_ids, names, events, creators: a place for each number.
with found as (
    select *
      from unnest(%(found_types)s::text[], %(found_ids)s::text[], %(names)s::text[], %(events)s::bigint[], %(creators)s::bigint[])
           as found (receiver_type, receiver_id, name, events, creators)
),
gone as (
    delete from tracking.period_counts as old
     where (receiver_type, receiver_id) in (select * from unnest(%(types)s::text[], %(ids)s::text[]))
       and grain = %(grain)s
       and start = %(start)s
       and not exists (select from found
                        where (found.receiver_type, found.receiver_id, found.name) = (old.receiver_type, old.receiver_id, old.name))
)
insert into tracking.period_counts as old (receiver_type, receiver_id, grain, start, name, events, creators)
select receiver_type, receiver_id, %(grain)s, %(start)s, name, events, creators from found
on conflict (receiver_type, receiver_id, grain, start, name) do update
   set events = excluded.events, creators = excluded.creators
 where (old.events, old.creators) <> (excluded.events, excluded.creators)
