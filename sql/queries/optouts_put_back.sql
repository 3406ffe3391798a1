-- People who stopped a kind of messages after the backup: persons, kinds, since, in lists. One that is stopped already stays so
-- since then. The number of rows says how many are new.
insert into tracking.notification_optouts (person, kind, since)
  select person, kind, since
    from unnest(%(person)s::text[], %(kind)s::text[], %(since)s::timestamptz[]) as stopped (person, kind, since)
order by person, kind
on conflict do nothing
