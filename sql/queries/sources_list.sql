-- Every source, revoked ones too.
  select name, version, rights, description, created_at, revoked_at, origins, names, strict, rate, events, bytes,
         proof, key_id, previous_until, previous_key_id
    from tracking.sources
order by name
