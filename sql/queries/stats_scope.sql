-- The rows that a stats query may count. Each stats query that counts follows this one and reads `counts` and `raw`, never
-- the tables themselves (a test looks), so that none can forget the token's limits.
--   reads_all: whether a source asks by its own credential
--   granted, granted_owner: named by a token; receivers, owner: asked for
--   from, to: half open, on quarters of an hour; names: LIKE patterns; source, type; null for any
--   raw_from: the aggregates count events before it, the raw rows count events from it on. An event is in one
--   of the two; the planner drops the one that the period leaves empty
--   days_from, days_to: the whole days of the reporting timezone before raw_from that no bucket divides; twice the same
--   moment where there are none
--   uniques: whether people are counted; if not, `raw` has no creators, and no query tells one from another
--   trails_until: `trails` has what happened and arrived before it, `fresh` has the rest, which happened at fresh_from or
--   later. Together they are all events of the period
--   first_day, last_day: the days of UTC that the period touches, [first, last)
--   types, ids: of the allowed receivers, as stats_coverage.sql found them a moment before
-- Only `allowed` decides about rights. Types and ids do not: they only let the planner use the indexes,
-- also behind a real-time aggregate, and the columnstore's bloom filters. Only a source that asks for no receivers and
-- no owner is not bound.
-- Costs nothing by itself: a query pays for what it reads of `counts` and `raw`.
with allowed as materialized (
    select receiver_type, receiver_id
      from tracking.allowed_receivers(%(reads_all)s, %(granted)s::text[], %(granted_owner)s::text,
                                      %(receivers)s::text[], %(owner)s::text)
),
counts as (  -- whole days from the daily aggregate, with no source; the rest by the quarter of an hour
    select start, receiver_type, receiver_id, name, source, events, creators
      from (select start, receiver_type, receiver_id, name, source, events, null::bigint as creators
              from tracking.event_counts_15min
             where %(from)s::timestamptz < %(days_from)s::timestamptz
               and start >= %(from)s::timestamptz
               and start <  %(days_from)s::timestamptz
             union all
            select start, receiver_type, receiver_id, name, source, events, null
              from tracking.event_counts_15min
             where %(days_to)s::timestamptz < %(raw_from)s::timestamptz
               and start >= %(days_to)s::timestamptz
               and start <  %(raw_from)s::timestamptz
             union all
            select day, receiver_type, receiver_id, name, null, events, creators
              from tracking.event_counts_daily
             where %(days_from)s::timestamptz < %(days_to)s::timestamptz
               and day >= %(days_from)s::timestamptz
               and day <  %(days_to)s::timestamptz) as tiers
     where (%(names)s::text[] is null or name like any (%(names)s::text[]))
       and (%(source)s::text  is null or source = %(source)s::text)
       and (%(type)s::text    is null or receiver_type = %(type)s::text)
       and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
            or (    receiver_type = any (%(types)s::text[])
                and receiver_id   = any (%(ids)s::text[])
                and (receiver_type, receiver_id) in (select receiver_type, receiver_id from allowed)))
),
raw as (
    select occurred_at, receiver_type, receiver_id, name, source, properties,
           case when %(uniques)s then creator end as creator
      from tracking.events
     where %(raw_from)s::timestamptz < %(to)s::timestamptz
       and excluded is null
       and occurred_at >= %(raw_from)s::timestamptz
       and occurred_at <  %(to)s::timestamptz
       and (%(names)s::text[] is null or name like any (%(names)s::text[]))
       and (%(source)s::text  is null or source = %(source)s::text)
       and (%(type)s::text    is null or receiver_type = %(type)s::text)
       and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
            or (    receiver_type = any (%(types)s::text[])
                and receiver_id   = any (%(ids)s::text[])
                and (receiver_type, receiver_id) in (select receiver_type, receiver_id from allowed)))
),
trails as (  -- packed, of all names and sources: whoever reads it leaves out what is not meant
    select receiver_type, receiver_id, since, until, events, people, kinds, quarters, times
      from tracking.places
      join tracking.trails using (place)
     where since < %(last_day)s::date
       and until > %(first_day)s::date
       and (%(type)s::text    is null or receiver_type = %(type)s::text)
       and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
            or (    receiver_type = any (%(types)s::text[])
                and receiver_id   = any (%(ids)s::text[])
                and (receiver_type, receiver_id) in (select receiver_type, receiver_id from allowed)))
),
fresh as (  -- person: the number, null if there is none yet
    select occurred_at, receiver_type, receiver_id, name, source, creator,
           (select person from tracking.people where people.creator = arrived.creator) as person
      from (select occurred_at, receiver_type, receiver_id, name, source, creator
              from tracking.events
             where excluded is null
               and occurred_at >= greatest(%(from)s::timestamptz, %(fresh_from)s::timestamptz)
               and occurred_at <  %(to)s::timestamptz
               and (occurred_at >= %(trails_until)s::timestamptz or received_at >= %(trails_until)s::timestamptz)
             union all
            select occurred_at, receiver_type, receiver_id, name, source, creator
              from tracking.trails_inbox
             where occurred_at >= %(from)s::timestamptz
               and occurred_at <  %(to)s::timestamptz) as arrived
     where (%(names)s::text[] is null or name like any (%(names)s::text[]))
       and (%(source)s::text  is null or source = %(source)s::text)
       and (%(type)s::text    is null or receiver_type = %(type)s::text)
       and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
            or (    receiver_type = any (%(types)s::text[])
                and receiver_id   = any (%(ids)s::text[])
                and (receiver_type, receiver_id) in (select receiver_type, receiver_id from allowed)))
),
left_out as (  -- stored, and in no number
    select occurred_at, source, excluded
      from tracking.events
     where occurred_at >= %(raw_from)s::timestamptz
       and occurred_at <  %(to)s::timestamptz
       and excluded is not null
       and (%(names)s::text[] is null or name like any (%(names)s::text[]))
       and (%(source)s::text  is null or source = %(source)s::text)
       and (%(type)s::text    is null or receiver_type = %(type)s::text)
       and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
            or (    receiver_type = any (%(types)s::text[])
                and receiver_id   = any (%(ids)s::text[])
                and (receiver_type, receiver_id) in (select receiver_type, receiver_id from allowed)))
)
