-- Puts blurred times in place of the true ones of a row.
update tracking.trails
   set quarters = %(quarters)s,
       times = %(times)s,
       timed = false
 where place = %(place)s
   and since = %(since)s
   and until = %(until)s
