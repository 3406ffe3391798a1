-- A person wants messages of all kinds again but these. Some microseconds.
delete from tracking.notification_optouts
 where person = %(person)s
   and kind <> all (%(but)s::text[])
