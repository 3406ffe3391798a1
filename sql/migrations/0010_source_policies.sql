-- What a source may send, from where and how fast; and how long the credential before this one still counts.

alter table tracking.sources
    add column origins         text[] not null default '{}',   -- of web pages that may send; empty: no page of another host reads an answer
    add column names           text[] not null default '{}',   -- globs of the names it may send; empty: all
    add column strict          boolean not null default false, -- only names of the catalogue
    add column rate            bigint not null default 0 check (rate >= 0),  -- requests a minute; 0: no limit
    add column events          bigint not null default 0 check (events >= 0),  -- events a minute, likewise
    add column bytes           bigint not null default 0 check (bytes >= 0),  -- bytes a minute, after decompression
    add column proof           text not null default 'off' check (proof in ('off', 'optional', 'required')),
    -- Which of SECRET_KEYS a credential was issued under, by fingerprint: no other key opens for it.
    -- Null, as for sources from before this migration: any of them does.
    add column key_id          text,
    add column previous_until  timestamptz,                    -- until then, version - 1 is taken too
    add column previous_key_id text;
