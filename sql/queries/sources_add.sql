-- Adds a source. No row comes back where the name is taken.
insert into tracking.sources (name, rights, description, origins, names, strict, rate, events, bytes, proof,
                              key_id)
     values (%(name)s, %(rights)s, %(description)s, %(origins)s, %(names)s, %(strict)s, %(rate)s, %(events)s,
             %(bytes)s, %(proof)s, %(key_id)s)
on conflict (name) do nothing
  returning name, version, rights, description, created_at, revoked_at, origins, names, strict, rate, events, bytes,
            proof, key_id, previous_until, previous_key_id
