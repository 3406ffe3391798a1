-- Drops the raw events that are past RETENTION_DAYS and counted. Answers with the moment before which it dropped, or null
-- if none was due.
select tracking.drop_raw_events()
