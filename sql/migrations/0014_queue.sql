-- A queue in front of the writer delivers a message once or more often: its id is written in the transaction of its rows, so
-- that they are booked once.
create table tracking.queue_messages (
    id          uuid primary key,
    accepted_at timestamptz not null,  -- when the API took the events
    written_at  timestamptz not null default now()
);
create index queue_messages_by_time on tracking.queue_messages (written_at);
comment on table tracking.queue_messages is 'Messages of the queue that were written, for two days.';

-- received_at is the moment at which an event arrived in the database, by which exports and the lake follow; with a queue in
-- front, the API took it before that. Null: there was no queue.
alter table tracking.events add column accepted_at timestamptz;
