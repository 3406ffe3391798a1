-- The stored events of a stretch of arrival; those that do not count, too, with the reason. Queries that follow read `found`.
--   received_from, received_to, occurred_from, occurred_to: both inclusive, as arrivals.sql gives them. Arrival alone
--   would look into every chunk
--   after_received, after_id: only events behind this place, or null; after_occurred, after_source, after_creator: and those
--   with the same moment and id that come after this one, or null
--   from, to: by occurrence, half open; names: LIKE patterns; source, type, types and ids, owner; null for any
-- Reads the arrival's blocks (BRIN) of the chunks between the two moments of occurrence.
with found as (
    select occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name, properties,
           context, excluded
      from tracking.events
     where received_at between %(received_from)s and %(received_to)s
       and occurred_at between %(occurred_from)s and %(occurred_to)s
       and (%(after_received)s::timestamptz is null
            or (received_at, event_id) > (%(after_received)s::timestamptz, %(after_id)s::uuid)
            or (    (received_at, event_id) = (%(after_received)s::timestamptz, %(after_id)s::uuid)
                and (occurred_at, source, creator) > (%(after_occurred)s::timestamptz, %(after_source)s::text,
                                                      %(after_creator)s::text)))
       and (%(from)s::timestamptz is null or occurred_at >= %(from)s::timestamptz)
       and (%(to)s::timestamptz   is null or occurred_at <  %(to)s::timestamptz)
       and (%(names)s::text[]     is null or name like any (%(names)s::text[]))
       and (%(source)s::text      is null or source = %(source)s::text)
       and (%(type)s::text        is null or receiver_type = %(type)s::text)
       and (%(ids)s::text[] is null
            or (receiver_type, receiver_id) in (select * from unnest(%(types)s::text[], %(ids)s::text[])))
       and (%(owner)s::text is null
            or (receiver_type, receiver_id) in (select receiver_type, receiver_id
                                                  from tracking.receivers
                                                 where owner = %(owner)s::text))
)
