-- All files that were ever applied to this database: name, checksum.
select name, checksum from tracking.migrations
 union all
select name, checksum from tracking.repeatables
