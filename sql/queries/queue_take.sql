-- Takes messages of the queue: ids, times. Answers with the ids of those that were not written before.
select taken from tracking.take_messages(%(ids)s::uuid[], %(times)s::timestamptz[]) as taken
