-- The jobs process that leads, and whether its lease holds.
select holder, expires_at > now() from tracking.leases where name = 'jobs'
