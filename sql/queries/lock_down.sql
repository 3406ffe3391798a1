-- Revokes everybody's rights that reading does not need, as far as the objects belong to its role. Every `migrate`
-- applies it: an update of TimescaleDB grants its functions and tables anew, to everybody. Some 30 ms.
--
-- Otherwise everybody may make jobs (add_job) and large objects, fill the write-ahead log (pg_logical_emit_message) and the
-- folder of snapshots, keep temporary tables, run code of their own (do), hold the advisory locks that `migrate` waits
-- for, and read how TimescaleDB keeps the events. Functions that compute stay, and those that a view of `analytics` calls
-- in the name of its reader (time_bucket_gapfill, locf, interpolate; cagg_watermark); so do those that check rights themselves.
do $$
declare
    writes record;
    tells  regclass;
begin
    for writes in
        select format('%s %s', case kind when 'p' then 'procedure' else 'function' end, signature) as routine
          from (select routine.oid::regprocedure as signature, routine.prokind as kind
                  from pg_proc as routine
                  join pg_depend    on pg_depend.classid = 'pg_proc'::regclass and pg_depend.objid = routine.oid
                  join pg_extension on pg_extension.oid = pg_depend.refobjid and pg_depend.deptype = 'e'
                 where pg_extension.extname = 'timescaledb'
                   and (routine.provolatile = 'v'
                        and routine.proname not in ('time_bucket_gapfill', 'locf', 'interpolate')
                        or routine.provolatile = 's'
                        and routine.proname not in ('cagg_watermark', 'cagg_watermark_materialized', 'partialize_agg',
                                                    'time_bucket_ng'))
                 union all
                select oid::regprocedure, prokind
                  from pg_proc
                 where pronamespace = 'pg_catalog'::regnamespace
                   and (proname ~ '^(lo_|loread$|lowrite$|pg_(notify|logical_emit_message|export_snapshot)$|pg_try_advisory)'
                        or proname ~ '^pg_advisory' and proname <> 'pg_advisory_unlock_all')  -- ends a pooled session
               ) as found
         where has_function_privilege('public', signature, 'execute')
    loop
        execute format('grant execute on %s to current_user', writes.routine);
        execute format('revoke execute on %s from public', writes.routine);
    end loop;
    for tells in
        select pg_class.oid
          from pg_class
          join pg_depend    on pg_depend.classid = 'pg_class'::regclass and pg_depend.objid = pg_class.oid
          join pg_extension on pg_extension.oid = pg_depend.refobjid and pg_depend.deptype = 'e'
         where pg_extension.extname = 'timescaledb'
           and relkind in ('r', 'v', 'm', 'S')
           and has_table_privilege('public', pg_class.oid, 'select')
         union all
        select 'pg_largeobject'::regclass
         where has_table_privilege('public', 'pg_largeobject', 'select')
    loop
        execute format('grant select on %s to current_user', tells);
        execute format('revoke all on %s from public', tells);
    end loop;
    revoke update on pg_settings from public;  -- set does the same; with it, everybody may lock the view, which drivers read
    execute format('revoke temporary on database %I from public', current_database());
    revoke create on schema public from public;
    revoke usage on language plpgsql from public;
end
$$;

-- A group, so that no reader shuts out all others by a new password. Each has a login of its own (`bi grant`).
-- internal_error: another Footfall on this server does the same at this moment.
do $$
begin
    if exists (select from pg_roles where rolname = 'marketing' and rolcanlogin) then
        alter role marketing nologin;
    end if;
exception when internal_error then
    null;
end
$$;
