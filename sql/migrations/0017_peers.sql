-- Receivers beside similar ones: counted each night, told in bands.

-- A receiver since its first counted event, and what is told of it: comparison has everything, null where there is nothing to
-- hold it against. attributes: of the setting PEERS_BY. owner: null where there is none, or where it may be a person.
create table tracking.peers (
    receiver_type text not null,
    receiver_id   text not null,
    first_day     date not null,  -- stays, whatever comes late
    owner         text,
    attributes    text[],
    age           bigint,         -- the latest at which it was counted
    impressions   bigint,
    views         bigint,
    applications  bigint,
    conversion    double precision generated always as (applications::double precision / nullif(views, 0)) stored,
    comparison    jsonb,
    primary key (receiver_type, receiver_id),
    foreign key (receiver_type, receiver_id) references tracking.receivers on delete cascade
);
create index peers_by_owner on tracking.peers (owner, receiver_type, receiver_id);

-- What it had after so many days, the first one included: counted once, the night after.
create table tracking.peer_ages (
    age           bigint not null,
    receiver_type text not null,
    receiver_id   text not null,
    impressions   bigint not null,
    views         bigint not null,
    applications  bigint not null,
    primary key (age, receiver_type, receiver_id),
    foreign key (receiver_type, receiver_id) references tracking.peers on delete cascade
);
create index peer_ages_by_receiver on tracking.peer_ages (receiver_type, receiver_id, age desc);

-- The night until whose beginning all is counted, and what was counted (the setting PEERS_STEPS). Who counts locks the row.
create table tracking.peers_state (
    only_one   boolean primary key default true check (only_one),
    counted_on date,
    steps      text[]
);
insert into tracking.peers_state default values;

grant select on tracking.peers, tracking.peers_state to footfall_read;
