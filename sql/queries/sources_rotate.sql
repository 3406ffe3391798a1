-- Gives a source its next version, under the key that signs now; the version before still works during the grace.
-- An older version in its grace ends at once. No row comes back if there is no such source, or it is revoked.
   update tracking.sources
      set version         = version + 1,
          previous_until  = now() + make_interval(secs => %(grace)s),
          previous_key_id = key_id,
          key_id          = %(key_id)s
    where name = %(name)s
      and revoked_at is null
returning name
