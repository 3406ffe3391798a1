-- When the message of the queue that was written last had been accepted, and written. No row: there was none.
select accepted_at, written_at from tracking.last_message()
