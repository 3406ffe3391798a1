-- Removes event types: names.
delete from tracking.event_types where name = any (%(names)s)
