-- Gives a view and its columns the comments of another one that has the same columns; the view's own text comes first.
create or replace function tracking.described_as(made regclass, as_in regclass, text text) returns void
    language plpgsql
as $$
declare
    described record;
begin
    execute format('comment on view %s is %L', made, text);
    for described in
        select attname, col_description(attrelid, attnum) as text
          from pg_attribute
         where attrelid = as_in
           and attnum > 0
           and not attisdropped
    loop
        execute format('comment on column %s.%I is %L', made, described.attname, described.text);
    end loop;
end
$$;
revoke all on function tracking.described_as(regclass, regclass, text) from public;
