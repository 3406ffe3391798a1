-- follows: stats_scope
-- The coverage of an answer, and its allowed receivers: one row.
--   dropped_until: raw events before it may be gone; null: all are there
--   final_until: nothing of the period before it changes any more, by late events or by events that wait for a refresh
--   refused: the receivers that are asked for and not allowed
--   moment: all that was committed before it is counted, if this is the primary
--   types, ids: of the allowed receivers, for the queries that follow
-- lateness: days within which an event may come late; an hour for the refresh is added. `until` is a full hour, so that
-- an answer, and its ETag, stay the same that long. A millisecond.
select nullif(tracking.dropped_until(), '-infinity') as dropped_until,
       least(final.until, tracking.unrefreshed_since(%(from)s, least(final.until, %(to)s))) as final_until,
       now() as moment,
       array(select receiver_type from allowed group by 1) as types,
       array(select receiver_id from allowed) as ids,
       array(select asked
               from unnest(%(receivers)s::text[]) with ordinality as asked_for (asked, place)
              where not exists (select from allowed where receiver_type || ':' || receiver_id = asked)
           order by place) as refused
  from date_trunc('hour', now() - make_interval(days => %(lateness)s, hours => 1)) as final (until)
