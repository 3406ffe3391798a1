-- Every migration this database has.
select name, checksum from tracking.migrations
