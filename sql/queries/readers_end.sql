-- Ends a query or a transaction that a reader of `analytics` holds open for longer than its login may (tracking.bi_logins),
-- or than `seconds`, if the login was made by hand: it keeps `migrate` and vacuum waiting. A running query is cancelled
-- first; the session is ended after twice as long.
-- A reader can lift its own statement_timeout, but not this. One look at the sessions; one row for each ended one.
select pid, usename, state,
       case when state = 'active' and xact_start > now() - 2 * longest
            then pg_cancel_backend(pid) else pg_terminate_backend(pid) end as ended
  from pg_stat_activity
  left join tracking.bi_logins on bi_logins.role = usesysid
 cross join lateral (select make_interval(secs => coalesce(bi_logins.seconds, %(seconds)s)) as longest) as its
 where (datname = current_database() or bi_logins.role is not null)  -- it may go on in another database of the server
   and pg_has_role(usesysid, 'marketing', 'member')
   and not pg_has_role(usesysid, current_user, 'member')  -- the role that runs this is no reader, nor is a superuser
   and pid <> pg_backend_pid()
   and xact_start < now() - longest
