-- The active sources, and when the newest event happened.
select (select count(*) from tracking.sources where revoked_at is null),
       (select max(occurred_at) from tracking.events)
