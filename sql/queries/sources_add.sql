-- Adds a source. No row comes back if the name is taken.
insert into tracking.sources (name, rights, description, origins, names, strict, rate, events, bytes, proof,
                              key_id)
     values (%(name)s, %(rights)s, %(description)s, %(origins)s, %(names)s, %(strict)s, %(rate)s, %(events)s,
             %(bytes)s, %(proof)s, %(key_id)s)
on conflict (name) do nothing
  returning name
