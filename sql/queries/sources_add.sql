-- Adds a source: name, rights, description. No row comes back where the name is taken.
insert into tracking.sources (name, rights, description) values (%s, %s, %s)
    on conflict (name) do nothing
    returning name, version, rights, description, revoked_at
