-- Claims rejected events, each once, until the end of the transaction: ids, since (no later than they arrived). Answers with those
-- that it got. Others that claim the same ones wait, and do not get them. Locks them by their number, so that nobody deadlocks.
with mine as materialized (
      select id
        from tracking.rejected_events
       where id = any (%(ids)s)
         and received_at >= %(since)s
         and retried_at is null
    order by id
         for update
)
   update tracking.rejected_events
      set retried_at = now()
     from mine
    where rejected_events.id = mine.id
      and received_at >= %(since)s
returning mine.id
