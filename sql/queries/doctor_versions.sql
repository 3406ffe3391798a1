-- What answers: PostgreSQL's version, TimescaleDB's.
select current_setting('server_version'), (select extversion from pg_extension where extname = 'timescaledb')
