-- What was told of the receivers of a question, the newest first: one row each, at most `most`. The scope's parameters.
--   is_person: whether it is a person, or a person's; counted_on: the last night; comparison: null where there is none, or where
--   it is not the same owner's any more. A tenth of a millisecond a receiver.
with allowed as materialized (
    select receiver_type, receiver_id
      from tracking.allowed_receivers(%(reads_all)s, %(granted)s::text[], %(granted_owner)s::text,
                                      %(receivers)s::text[], %(owner)s::text)
     where %(type)s::text is null or receiver_type = %(type)s::text
),
types as materialized (
    select receiver_type, tracking.shown_owner(receiver_type, 'anybody') is null as is_person
      from (select distinct receiver_type from allowed) as asked
)
  select receiver_type, receiver_id, title, counted_on, is_person, age,
         case when peers.owner = shown_owner then comparison end as comparison
    from allowed
    join types using (receiver_type)
    left join tracking.receivers using (receiver_type, receiver_id)
    left join tracking.peers using (receiver_type, receiver_id)
   cross join tracking.peers_state
order by is_person, first_day desc nulls last, receiver_type, receiver_id
   limit %(most)s
