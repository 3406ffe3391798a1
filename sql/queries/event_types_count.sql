-- How many event types there are.
select count(*) from tracking.event_types
