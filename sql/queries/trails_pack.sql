-- Joins the trails of these receivers between two days; the number of rows that were joined. 0.1 ms for a receiver with 500 events.
select tracking.pack_trails(%(first_day)s, %(last_day)s, %(first_place)s, %(last_place)s)
