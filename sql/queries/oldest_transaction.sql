-- The session whose transaction has been open for the longest time, in this database, but for the one that asks. No parameters.
-- At most one row; some milliseconds.
  select pid, usename, xact_start
    from pg_stat_activity
   where datname = current_database()
     and pid <> pg_backend_pid()
     and xact_start is not null
order by xact_start
   limit 1
