-- The pairs of names of which the first cannot come more often than the second.
select fewer, more from tracking.alarm_pairs order by fewer, more
