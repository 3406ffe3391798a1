-- The number of active sources, and the time of the newest event.
select (select count(*) from tracking.sources where revoked_at is null),
       (select max(occurred_at) from tracking.events)
