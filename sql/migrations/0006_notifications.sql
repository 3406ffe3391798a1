-- What people are told about their receivers: rules, an outbox, messages, and who wants no more of them.

-- How to reach the person behind a receiver. A table of its own: no question, export or view reads it, and the API's role
-- may write it only.
create table tracking.contacts (
    receiver_type text not null,
    receiver_id   text not null,
    email         text,
    language      text,
    timezone      text,
    updated_at    timestamptz not null default now(),
    primary key (receiver_type, receiver_id),
    foreign key (receiver_type, receiver_id) references tracking.receivers on delete cascade
);
grant select (receiver_type, receiver_id), insert, update, delete on tracking.contacts to footfall_ingest;

-- What is told, of which receivers, when and how. A rule is removed, never deleted: what it told stays on record.
create table tracking.notification_rules (
    rule          text primary key check (rule ~ '^[a-z][a-z0-9-]{0,31}$'),
    kind          text not null check (kind in ('daily', 'weekly', 'milestone')),
    receiver_type text not null,
    names         text[] not null check (cardinality(names) between 1 and 50),  -- * stands for any text
    measure       text not null check (measure in ('events', 'creators')),
    minimum       bigint not null check (minimum > 0),
    compares      boolean not null,  -- with the day before
    few           bigint not null check (few >= 0),  -- a number below is not told
    thresholds    bigint[] not null default '{}',    -- of a milestone, rising
    send_at       time not null,
    timezone      text not null,     -- of send_at; 'local': the person's own
    quiet_from    time not null,     -- in the person's own timezone; the same as quiet_until: never
    quiet_until   time not null,
    channel       text not null,
    url           text,              -- of a webhook
    language      text not null,     -- for people whose contact names none
    at_least_once boolean not null default false,
    first_day     date not null,     -- the first day that is told
    created_at    timestamptz not null default now(),
    paused_at     timestamptz,
    removed_at    timestamptz,
    constraint thresholds_are_of_milestones check ((kind = 'milestone') = (cardinality(thresholds) > 0))
);

-- Webhooks that asked to be left alone (410).
create table tracking.disabled_webhooks (
    url         text primary key,
    disabled_at timestamptz not null default now()
);

-- How far the outbox was filled with a day of a rule.
create table tracking.notification_fills (
    rule       text not null references tracking.notification_rules,
    day        date not null,
    after      text not null default '',  -- the last receiver or owner that is in the outbox
    rows       bigint not null default 0,
    started_at timestamptz not null default now(),
    done_at    timestamptz,
    primary key (rule, day)
);

-- Messages as they are sent, byte for byte. An attempt is a claim: whoever holds it until `leased_until` may send.
create table tracking.notification_messages (
    message         text primary key,
    channel         text not null,
    address         text not null,
    body            bytea not null,
    at_least_once   boolean not null,
    quiet           jsonb not null,  -- pairs of times of day between which it is not sent, by the clock of the timezone
    timezone        text not null,
    state           text not null default 'waiting'
                    check (state in ('waiting', 'sent', 'failed', 'unknown', 'expired', 'withdrawn')),
    frozen_at       timestamptz not null default now(),
    expires_at      timestamptz not null,
    next_attempt_at timestamptz not null default now(),
    attempts        bigint not null default 0,
    holder          text,
    leased_until    timestamptz,
    settled_at      timestamptz
);
create index notification_messages_waiting on tracking.notification_messages (next_attempt_at) where state = 'waiting';

-- Each attempt, and how it was answered. Without an end, its worker was lost.
create table tracking.notification_attempts (
    message    text not null references tracking.notification_messages on delete cascade,
    attempt    bigint not null,
    started_at timestamptz not null default now(),
    handed_at  timestamptz,  -- from here on it may have arrived
    ended_at   timestamptz,
    outcome    text check (outcome in ('sent', 'again', 'failed', 'gone', 'unknown')),
    answer     text,
    primary key (message, attempt)
);

-- The outbox: each thing to tell, once for each rule, receiver and day. Of a digest the receiver is `owner:OWNER`.
create table tracking.notifications (
    rule          text not null references tracking.notification_rules,
    receiver_type text not null,
    receiver_id   text not null,
    day           date not null,    -- the last day that is told, of the reporting timezone
    person        text,             -- who is told: `creator:ID` or `owner:ID`; null: nobody is known
    value         bigint not null,
    before        bigint,           -- the value of the day before
    threshold     bigint,           -- of a milestone: what the total has passed
    details       jsonb,            -- of a digest: how many receivers, and the busiest
    filled_at     timestamptz not null default now(),
    due_at        timestamptz not null,
    expires_at    timestamptz not null,
    state         text not null default 'pending'
                  check (state in ('pending', 'frozen', 'sent', 'failed', 'unknown', 'expired', 'no contact',
                                   'opted out', 'withheld')),
    because       text,
    message       text references tracking.notification_messages on delete set null,
    settled_at    timestamptz,
    primary key (rule, receiver_type, receiver_id, day)
);
-- A total passes a threshold once.
create unique index notifications_once_a_threshold
    on tracking.notifications (rule, receiver_type, receiver_id, threshold) where threshold is not null;
create index notifications_pending on tracking.notifications (due_at) where state = 'pending';
create index notifications_pending_by_person on tracking.notifications (person) where state = 'pending';
create index notifications_opted_out on tracking.notifications (expires_at) where state = 'opted out';
create index notifications_by_message on tracking.notifications (message) where message is not null;
create index notifications_by_receiver on tracking.notifications (receiver_type, receiver_id, day);

-- At most one message a person, day and channel: whoever adds the row may write.
create table tracking.notification_turns (
    channel text not null,
    person  text not null,
    day     date not null,
    primary key (channel, person, day)
);

-- Which person (`creator:ID` or `owner:ID`) wants no more of which kind.
create table tracking.notification_optouts (
    person text not null,
    kind   text not null check (kind in ('daily', 'weekly', 'milestone')),
    since  timestamptz not null default now(),
    primary key (person, kind)
);
grant select, insert, delete on tracking.notification_optouts to footfall_ingest;
