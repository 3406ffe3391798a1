-- follows: arrived_scope
-- The place of the event that is the nth of them, or the last if there are fewer, and how many there are up to it, with all
-- that share its moment and id. No row: there is none.
  select received_at, event_id, max(place)
    from (select received_at, event_id, row_number() over (order by received_at, event_id) as place
            from found) as numbered
group by received_at, event_id
  having min(place) <= %(nth)s
order by received_at desc, event_id desc
   limit 1
