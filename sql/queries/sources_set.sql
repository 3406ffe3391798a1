-- Changes the given values (null: as it was) of a source that is not revoked. No row comes back if there is none.
   update tracking.sources
      set rights      = coalesce(%(rights)s::text[], rights),
          description = coalesce(%(description)s::text, description),
          origins     = coalesce(%(origins)s::text[], origins),
          names       = coalesce(%(names)s::text[], names),
          strict      = coalesce(%(strict)s::boolean, strict),
          rate        = coalesce(%(rate)s::bigint, rate),
          events      = coalesce(%(events)s::bigint, events),
          bytes       = coalesce(%(bytes)s::bigint, bytes),
          proof       = coalesce(%(proof)s::text, proof)
    where name = %(name)s
      and revoked_at is null
returning name
