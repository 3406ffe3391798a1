-- Brings a source of a restored database to the credential that was valid later, and takes from it what was taken later: name,
-- version, key_id, previous_until, previous_key_id, rights, revoked_at. It gets no right, and no older credential becomes valid. A row
-- is changed only if that makes a difference.
   update tracking.sources
      set previous_until  = case when version < %(version)s then %(previous_until)s::timestamptz else previous_until end,
          previous_key_id = case when version < %(version)s then %(previous_key_id)s else previous_key_id end,
          key_id          = case when version < %(version)s then %(key_id)s else key_id end,
          version         = greatest(version, %(version)s),
          rights          = array(select unnest(rights) intersect select unnest(%(rights)s::text[]) order by 1),
          revoked_at      = coalesce(revoked_at, %(revoked_at)s::timestamptz)
    where name = %(name)s
      and (version < %(version)s or not rights <@ %(rights)s::text[]
           or revoked_at is null and %(revoked_at)s::timestamptz is not null)
