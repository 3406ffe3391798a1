-- Takes the incidents of which nobody was told that they opened, or that they are over. was_told: that it opened. Those that
-- are part of a wider one are not told.
with news as (
    select incident, told as was_told
      from tracking.incidents
     where not told
        or closed_at is not null and not told_over
       for update
),
taken as (
       update tracking.incidents as known
          set told = true, told_over = closed_at is not null
         from news
        where known.incident = news.incident
    returning was_told, known.*
)
  select was_told, incident, source, name, kind, opened_at, last_good_at, first_bad_at, observed, expected, seen_at, changed,
         closed_at, closed_by
    from taken
   where closed_by is distinct from 'wider'
order by incident
