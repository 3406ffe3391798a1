-- follows: stats_scope
-- The events that are not in the trails yet, by receiver, name and source. People have their number, or none yet: then their
-- ids are told, in `creators`. No parameters beside the scope's. Some 5 microseconds an event.
  select receiver_type, receiver_id, name, source,
         coalesce(string_agg(int4send(person), '') filter (where person is not null), '') as people,
         coalesce(string_agg(timestamptz_send(occurred_at), '') filter (where person is not null), '') as times,
         coalesce(array_agg(creator) filter (where person is null), '{}') as creators,
         coalesce(string_agg(timestamptz_send(occurred_at), '') filter (where person is null), '') as their_times
    from (select * from fresh offset 0) as numbered
group by 1, 2, 3, 4
