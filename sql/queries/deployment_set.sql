-- Remembers a fact about this database: key, value.
insert into tracking.deployment values (%(key)s, %(value)s)
    on conflict (key) do update set value = excluded.value
