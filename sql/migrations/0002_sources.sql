-- Who sends: the sources, and what they keep between two requests or two runs of an import.

-- The apps that send events. The credential derives from the platform's keys, the name and the version:
-- no secret is stored. A source is revoked, never deleted, so that its events keep their provenance.
create table tracking.sources (
    name        text primary key check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
    version     bigint not null default 1 check (version > 0),
    rights      text[] not null default '{ingest}'
                check (rights <@ array['ingest', 'mint', 'stats', 'export', 'catalogue', 'erase']),
    description text not null default '',
    created_at  timestamptz not null default now(),
    revoked_at  timestamptz,
    -- What it may send, from where and how fast.
    origins     text[] not null default '{}',   -- of web pages that may send; empty: no page of another host reads an answer
    names       text[] not null default '{}',   -- globs of the names it may send; empty: all
    strict      boolean not null default false, -- only names of the catalogue
    rate        bigint not null default 0 check (rate >= 0),    -- requests a minute; 0: no limit
    events      bigint not null default 0 check (events >= 0),  -- events a minute, likewise
    bytes       bigint not null default 0 check (bytes >= 0),   -- bytes a minute, after decompression
    proof       text not null default 'off' check (proof in ('off', 'optional', 'required')),
    -- Which of SECRET_KEYS the credential was issued under, by fingerprint: no other key opens for it.
    key_id          text,
    previous_until  timestamptz,  -- until then, the credential of version - 1 is taken too
    previous_key_id text
);
grant select on tracking.sources to footfall_ingest, footfall_read;

-- How far each unfinished import of a file came, so that it can go on there.
create table tracking.imports (
    source      text not null,
    fingerprint text not null,
    file        text not null,
    lines       bigint not null,
    counts      jsonb not null,
    updated_at  timestamptz not null default now(),
    primary key (source, fingerprint)
);

-- The single-use ids of proofs (docs/proofs.md), for as long as a proof could be sent again. The key decides.
create table tracking.proof_ids (
    id         bytea primary key check (length(id) = 16),
    expires_at timestamptz not null
);
create index proof_ids_by_expiry on tracking.proof_ids (expires_at);
grant insert on tracking.proof_ids to footfall_ingest, footfall_read;
