-- Extends the trails to a moment; the number of events that came in. Some 10 microseconds an event.
select tracking.extend_trails(%(reach)s)
