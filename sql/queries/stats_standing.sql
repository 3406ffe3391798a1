-- Follows stats_scope.sql. How far an answer can be trusted, and whom it must not be given to: before when raw events may
-- be gone (null: none is); up to when nothing of the period changes any more, by late events (lateness: days, and an hour
-- for the refresh) or by what still waits in it; which of the receivers asked for are refused; and the types and ids of
-- those that are not, for the queries that follow.
-- A millisecond; the rounding to the hour lets an answer, and its ETag, stay the same.
select nullif(tracking.dropped_until(), '-infinity') as dropped_until,
       least(final.until, tracking.unrefreshed_since(%(from)s, least(final.until, %(to)s))) as final_until,
       array(select receiver_type from allowed group by 1) as types,
       array(select receiver_id from allowed) as ids,
       array(select asked
               from unnest(%(receivers)s::text[]) as asked
              where not exists (select from allowed where receiver_type || ':' || receiver_id = asked)) as refused
  from date_trunc('hour', now() - make_interval(days => %(lateness)s, hours => 1)) as final (until)
