-- Who wants no more messages of which kind, and since when. No parameters. Reads the whole table.
  select person, kind, since
    from tracking.notification_optouts
order by person, kind
