-- Rejected events that a mended catalogue may take, by their number: after (the number before the first), since, source, name,
-- ids (null: any), most. A row without what was sent only says that more were rejected.
  select id, received_at, source, creator, excluded, payload
    from tracking.rejected_events
   where id > %(after)s
     and received_at >= %(since)s
     and cause in ('name', 'schema')
     and retried_at is null
     and payload is not null
     and (%(source)s::text is null or source = %(source)s)
     and (%(name)s::text is null or name = %(name)s)
     and (%(ids)s::bigint[] is null or id = any (%(ids)s))
order by id
   limit %(most)s
