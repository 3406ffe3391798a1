-- Every catalogued name, and 'action__*' for all custom names of an action.
select name from tracking.event_types
