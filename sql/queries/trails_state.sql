-- What the trails hold: events that happened since `since` (null: all), and happened and arrived before `until`; null: none.
-- All others happened at fresh_from or later. people: the highest number of a person. timed_since: before it, times tell
-- only the day of the reporting timezone and the order; null: all are true.
-- Reads the ledger since `until`: a millisecond for 10,000 commits.
select nullif(since, '-infinity') as since, until, least(until, nullif(tracking.first_arrived(until, 'infinity'), 'infinity')) as fresh_from,
       people, nullif(timed_since, '-infinity') as timed_since
  from tracking.trails_state
