-- The logins that `python -m tracking bi grant` made. What makes one ours is the comment on its role: the login cannot
-- change it, since that takes createrole, and a replica has it, too. It names the database, as roles belong to the whole server.
create or replace function tracking.bi_mark(seconds integer) returns text
    language sql
    stable strict
as $$
    select format('Footfall: reads analytics of the database %I, for %s s at once', current_database(), seconds)
$$;
revoke all on function tracking.bi_mark(integer) from public;

-- seconds: how long a query or a transaction may take. The settings are what a session starts with.
create or replace view tracking.bi_logins as
select oid as role, rolname::text as login, rolcanlogin as may_log_in, rolconnlimit as connections, rolconfig as settings,
       seconds
  from pg_roles
 cross join lateral (select shobj_description(oid, 'pg_authid') as said) as comment
 cross join lateral (select substring(said from ', for (\d{1,6}) s at once$')::integer as seconds) as mark
 where said = tracking.bi_mark(seconds);

-- Makes a login with its limits, in megabytes and seconds, and answers whether the limit of temporary files could be set:
-- that takes a superuser. `verifier`: the password in the form that the server stores; null: a login without.
-- It fails as a whole; if the role exists, with duplicate_object or unique_violation.
create or replace function tracking.bi_grant(
    login text, verifier text, connections integer, seconds integer, work_mem integer, temp_files integer
) returns boolean
    language plpgsql
as $$
begin
    execute format('create role %I login connection limit %s password %L', login, connections, verifier);
    execute format('alter role %I set statement_timeout = %L', login, seconds || 's');
    execute format('alter role %I set work_mem = %L', login, work_mem || 'MB');
    execute format('alter role %I set jit = off', login);  -- to compile a plan over many chunks takes longer than to run it
    execute format('alter role %I set default_transaction_read_only = on', login);
    execute format('alter role %I set search_path = analytics', login);
    execute format('comment on role %I is %L', login, tracking.bi_mark(seconds));
    -- Where PostgreSQL can tell the two apart, it has the rights of marketing and cannot become marketing.
    execute format('grant marketing to %I %s', login,
                   case when current_setting('server_version_num')::integer >= 160000 then 'with inherit true, set false' end);
    execute format('grant %I to current_user', login);  -- or only a superuser could see and end its sessions
    begin
        execute format('alter role %I set temp_file_limit = %L', login, temp_files || 'MB');
    exception when insufficient_privilege then
        return false;
    end;
    return true;
end
$$;
revoke all on function tracking.bi_grant(text, text, integer, integer, integer, integer) from public;
