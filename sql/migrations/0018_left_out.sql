-- Why a number is no larger: what was stored and does not count, by receiver. One row in ten or twenty is in it.
create index events_left_out
    on tracking.events (receiver_type, receiver_id, occurred_at desc) include (name, source, excluded)
 where excluded is not null;

-- The rules that are told with a number: whose ids are people.
grant select on tracking.receiver_types to footfall_read;
