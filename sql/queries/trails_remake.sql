-- Compares the trails of whole days (UTC) with the raw events, and makes them anew if these differ: by how many events. Some
-- seconds for a million.
select tracking.remake_trails(%(first_day)s, %(last_day)s)
