-- The single-use ids of proofs (docs/proofs.md), for as long as a proof could be sent again. The key decides.
create table tracking.proof_ids (
    id         bytea primary key check (length(id) = 16),
    expires_at timestamptz not null
);
create index proof_ids_by_expiry on tracking.proof_ids (expires_at);
grant insert on tracking.proof_ids to footfall_ingest, footfall_read;
