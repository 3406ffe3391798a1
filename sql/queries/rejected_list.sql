-- What was put aside since a moment, the latest first: since, source, name, cause (null: any), most. By the index of its time
-- or of its source: some 100 rows a minute and source are kept at most.
  select id, received_at, source, name, cause, field, reason, creator, retried_at
    from tracking.rejected_events
   where received_at >= %(since)s
     and (%(source)s::text is null or source = %(source)s)
     and (%(name)s::text is null or name = %(name)s)
     and (%(cause)s::text is null or cause = %(cause)s)
order by received_at desc, id desc
   limit %(most)s
