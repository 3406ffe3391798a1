-- What became of the events of a stretch of arrival, in order of (received_at, place), the first `rows` of them: stored
-- ones, what was put aside, and lines of the ledger for duplicates, which have no row.
--   since, after: only what comes behind this moment and place; last: the last moment
--   soon_from, soon_to, late_from, late_to, aside: as live_commits.sql gives them
--   sources, creators, types and ids, names (LIKE patterns), verdicts: null for any. What was put aside is not filtered by
--   creator, receiver or name, which may be what is wrong with it. Duplicates have no creator and no receiver
--   length: so many characters of each JSON at most, and one more if it was longer
-- Of stored events that just happened it reads the times, of late ones the arrival's blocks (BRIN): some milliseconds.
with stored as (
    select *
      from tracking.events
     where occurred_at between %(soon_from)s and %(soon_to)s
       and received_at + interval '0 s' between %(since)s and %(last)s  -- no index: the blocks of the last minutes have none
     union all
    select *
      from tracking.events
     where occurred_at between %(late_from)s and %(late_to)s
       and (occurred_at between %(soon_from)s and %(soon_to)s) is not true
       and received_at between %(since)s and %(last)s
),
arrived as (
    select received_at,
           '0' || to_char(occurred_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || md5(row(event_id, source, creator)::text) as place,
           coalesce(excluded, 'accepted') as verdict, source, name, creator, receiver_type || ':' || receiver_id as receiver,
           occurred_at, event_id, properties, context, null as field, null as reason, null as payload, 1::bigint as events
      from stored
     where (%(sources)s::text[] is null or source = any (%(sources)s::text[]))
       and (%(creators)s::text[] is null or creator = any (%(creators)s::text[]))
       and (%(ids)s::text[] is null
            or (receiver_type, receiver_id) in (select * from unnest(%(types)s::text[], %(ids)s::text[])))
       and (%(names)s::text[] is null or name like any (%(names)s::text[]))
     union all
    select received_at, '1' || md5(row(source, verdict, field, reason, payload, creator)::text), verdict, source, null, creator,
           null, null, null, null, null, field, reason, payload, count(*)
      from tracking.rejected_events
     where received_at between %(since)s and %(last)s
       and source = any (%(aside)s::text[])
       and (%(sources)s::text[] is null or source = any (%(sources)s::text[]))
  group by received_at, source, verdict, field, reason, payload, creator
     union all
    select received_at, '2' || md5(row(source, name)::text), verdict, source, name, null, null, null, null, null, null, null,
           null, null, sum(events)::bigint
      from tracking.ingest_ledger
     where received_at between %(since)s and %(last)s
       and verdict = 'duplicate'
       and (%(sources)s::text[] is null or source = any (%(sources)s::text[]))
       and (%(names)s::text[] is null or name like any (%(names)s::text[]))
       and %(creators)s::text[] is null
       and %(ids)s::text[] is null
  group by received_at, source, name, verdict
),
first as (
      select *
        from arrived
       where (received_at, place collate "C") > (%(since)s, %(after)s::text)
         and (%(verdicts)s::text[] is null or verdict = any (%(verdicts)s::text[]))
    order by received_at, place collate "C"
       limit %(rows)s
)
  select received_at, place, verdict, source, name, creator, receiver, occurred_at, event_id,
         left(properties::text, %(length)s + 1), left(context::text, %(length)s + 1), field, reason, payload, events
    from first
order by received_at, place collate "C"
