-- The kinds of messages that a person wants no more, and since when. A look into an index.
  select kind, since
    from tracking.notification_optouts
   where person = %(person)s
order by kind
