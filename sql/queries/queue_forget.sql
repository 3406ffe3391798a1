-- Forgets messages that were written two days ago. One that is delivered again after that has its events booked as
-- duplicates.
delete from tracking.queue_messages where written_at < now() - interval '2 days'
