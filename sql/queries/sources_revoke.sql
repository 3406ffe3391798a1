-- Revokes a source for good, and the version before, if that is still in its grace. A second call changes nothing.
   update tracking.sources
      set revoked_at     = coalesce(revoked_at, now()),
          previous_until = null
    where name = %(name)s
returning name
