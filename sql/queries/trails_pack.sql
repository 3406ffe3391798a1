-- Joins the trails of these receivers in a month; the number of rows that were joined. 0.1 ms for a receiver with 500 events.
select tracking.pack_trails(%(month)s, %(first)s, %(last)s)
