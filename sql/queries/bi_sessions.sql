-- The open sessions of each role, in this database, and of our logins in any, and when the last of them did something. No parameters. One row for
-- each role; one look at the sessions.
  select usename, count(*), max(greatest(backend_start, state_change))
    from pg_stat_activity
   where (datname = current_database() or usesysid in (select role from tracking.bi_logins))
     and usename is not null
group by usename
