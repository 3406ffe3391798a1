-- Follows stats_scope.sql. How far an answer can be trusted, and whom it must not be given to: since when every raw
-- event is kept; up to when nothing changes any more (lateness: days, and an hour for the refresh); which of the receivers asked for are refused;
-- and the types and ids of those that are not, for the queries that follow.
-- A millisecond; the rounding to the hour lets an answer, and its ETag, stay the same.
select tracking.raw_since() as raw_since,
       case when tracking.unrefreshed_since() is distinct from '-infinity'
            then least(date_trunc('hour', now() - make_interval(days => %(lateness)s, hours => 1)),
                       date_trunc('hour', tracking.unrefreshed_since())) end as final_until,
       array(select receiver_type from allowed group by 1) as types,
       array(select receiver_id from allowed) as ids,
       array(select asked
               from unnest(%(receivers)s::text[]) as asked
              where not exists (select from allowed where receiver_type || ':' || receiver_id = asked)) as refused
