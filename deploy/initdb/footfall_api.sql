-- The API's own login. The migrations find the role footfall_api here, and grant its rights.
-- footfall.api_password: the password. Run again after a change of it; nothing else is touched.
do $$
begin
    if coalesce(current_setting('footfall.api_password', true), '') = '' then
        raise exception 'footfall.api_password is not set';
    end if;
    if not exists (select from pg_roles where rolname = 'footfall_api') then
        create role footfall_api;
    end if;
    execute format('alter role footfall_api login password %L', current_setting('footfall.api_password'));
end
$$;
