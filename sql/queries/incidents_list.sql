-- The newest incidents, those that are open first; closed: also those that are over.
  select incident, source, name, kind, opened_at, last_good_at, first_bad_at, observed, expected, seen_at, changed,
         closed_at, closed_by
    from tracking.incidents
   where %(closed)s or closed_at is null
order by closed_at is not null, opened_at desc, incident desc
   limit 200
