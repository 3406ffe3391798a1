-- Ends all sessions of `login`, in each database of the server, and waits for up to five seconds until each is gone.
-- One row for each.
select pg_terminate_backend(pid, 5000)
  from pg_stat_activity
 where usename = %(login)s
   and pid <> pg_backend_pid()
