-- Drops the raw events that are past RETENTION_DAYS and counted; answers until when, or null where none was due.
select tracking.drop_raw_events()
