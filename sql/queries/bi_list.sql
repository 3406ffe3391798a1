-- The logins of BI tools with the limits that each starts with: those of `bi grant`, and with seconds null those that
-- somebody made a member of marketing by hand. No parameters. One row for each login; some milliseconds.
  select rolname as login, seconds, rolcanlogin as may_log_in, rolconnlimit as connections,
         (select jsonb_object_agg(split_part(one, '=', 1), substring(one from '=(.*)')) from unnest(rolconfig) as one) as settings
    from pg_roles
    left join tracking.bi_logins on bi_logins.role = oid
   where seconds is not null
      or rolcanlogin and pg_has_role(oid, 'marketing', 'member') and not pg_has_role(oid, current_user, 'member')
order by login
