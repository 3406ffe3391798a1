-- Events and different creators of some receivers together, between two moments, from the raw rows. types, ids: of the receivers;
-- since, until; names: LIKE patterns of what counts, together; null: each name apart. Nothing, where raw rows may be gone.
-- Some microseconds an event.
  select case when %(names)s::text[] is null then name end as name, count(*) as events, count(distinct creator) as creators
    from tracking.events
   where (receiver_type, receiver_id) in (select * from unnest(%(types)s::text[], %(ids)s::text[]))
     and occurred_at >= %(since)s
     and occurred_at < %(until)s
     and (%(names)s::text[] is null or name like any (%(names)s::text[]))
     and excluded is null
     and %(since)s >= tracking.dropped_until()
group by 1
