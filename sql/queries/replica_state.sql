-- The state of the server that READ_DATABASE_URL names: whether it is a replica; the moment until which it has all that the
-- primary committed, null if it has replayed nothing since its start; and the seconds since then.
-- The moment is that of the last commit that it replayed. Ask before the snapshot is taken: then the snapshot has all of it.
-- While nothing is written, the lease of the jobs process is a commit every ten seconds. Reads no table.
select pg_is_in_recovery(), pg_last_xact_replay_timestamp(),
       extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8
