-- Which of these messages are new, and that they are written now; the transaction writes their rows, too. Two drains with the
-- same message wait for each other here. ids, times: of the messages, in the same order.
create or replace function tracking.take_messages(ids uuid[], times timestamptz[]) returns setof uuid
    language sql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
      insert into tracking.queue_messages (id, accepted_at)
      select id, accepted_at
        from unnest(ids, times) as taken (id, accepted_at)
    group by id, accepted_at
    order by id
    on conflict (id) do nothing
    returning id
$$;
revoke all on function tracking.take_messages(uuid[], timestamptz[]) from public;
grant execute on function tracking.take_messages(uuid[], timestamptz[]) to footfall_ingest;
