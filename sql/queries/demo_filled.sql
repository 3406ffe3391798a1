-- Whether the demo's events are all there.
select exists (select from tracking.deployment where key = 'demo')
