-- What the trails hold: events that happened since `since`, and happened and arrived before `until`; null: none. first_late: when the
-- first of the events happened that arrived after that; infinity: there are none. people: the highest number of a person.
-- Reads the ledger since `until`: a millisecond for 10,000 commits.
select nullif(since, '-infinity') as since, until, nullif(tracking.first_arrived(until, 'infinity'), 'infinity') as first_late,
       coalesce((select max(person) from tracking.people), 0) as people
  from tracking.trails_state
