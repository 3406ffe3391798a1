-- A person wants no more messages of these kinds; a kind that is there stays as it is. Always in the same order, so that no
-- two calls wait for each other. Some microseconds.
insert into tracking.notification_optouts (person, kind)
  select %(person)s, kind
    from unnest(%(kinds)s::text[]) as kind
order by kind
on conflict do nothing
