-- The incident of a number: incident.
select incident, source, name, kind, opened_at, last_good_at, first_bad_at, observed, expected, seen_at, changed, closed_at,
       closed_by
  from tracking.incidents
 where incident = %(incident)s
