-- An action is counted once. Writing is one function: one round trip, planned once per session, and the API's role
-- needs no right on the tables behind it.
create or replace function tracking.ingest(batch jsonb, rejected jsonb)
    returns table (nth integer, outcome text)
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
-- batch: an array of Row, rejected: one of RejectedRow, as in tracking/ingest/rows.py.
-- Answers with the places (from 1) in batch of the rows that are not accepted.
--
-- Events are written first: their unique key settles which are new, also against a concurrent writer, so that a retry
-- never meets its own row in the guard. Then the guard decides which of the new ones count, then the ceiling. Each
-- takes its locks in one pass by the order of its key: overlapping batches wait for each other and do not deadlock.
--
-- Queries of stored events are planned anew each time (execute): a plan from the time when a day's chunk was empty reads
-- the whole period of the batch, and is kept until that chunk is analyzed; on the embedded engine, for ever. A limit in
-- a lateral join makes the plan go from the batch to the index, row by row, whatever the planner assumes about the batch.
declare
    rows     tracking.settled[];  -- by place
    guarded  bigint;  -- how many rows the guard has to see
    limited  bigint;  -- how many have a ceiling
    known    bigint;  -- how many are duplicates
    repeats  boolean not null := false;
    oldest   timestamptz;
    newest   timestamptz;
    today    constant timestamptz := tracking.midnight_before(now());
    at       integer;
begin
    with incoming as materialized (
        select sent.*,
               coalesce(sent.e, case when person.id_is_person and sent.ri = sent.c or receivers.owner = sent.c
                                     then 'own' end) as excluded,
               row_number() over (partition by t, i, s, c order by place) as copy
          from rows from (
                   jsonb_to_recordset(batch)
                       as (t timestamptz, i uuid, s text, c text, rt text, ri text, n text, p jsonb, x jsonb,
                           e text, k uuid, w float8, q uuid, m bigint, ra timestamptz)
               ) with ordinality as sent (t, i, s, c, rt, ri, n, p, x, e, k, w, q, m, ra, place)
          left join tracking.receiver_types as person
                 on person.receiver_type = sent.rt
          left join tracking.receivers
                 on person.owner_is_person
                and receivers.receiver_type = person.receiver_type
                and receivers.receiver_id = sent.ri
    ),
    written as (  -- an id may come twice in one batch: the first is written, the rest are duplicates
        insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name,
                                     properties, context, excluded, accepted_at)
          select t, i, s, c, rt, ri, n, p, x, excluded, ra
            from incoming
           where copy = 1
        order by t, i, s, c
        on conflict (occurred_at, event_id, source, creator) do nothing
        returning occurred_at, event_id, source, creator
    ),
    judged as (
          select place, t, i, s, c, n, k, w, q, m,
                 case when event_id is null then 'duplicate' else coalesce(excluded, 'accepted') end as verdict
            from incoming
            left join written
                   on (occurred_at, event_id, source, creator, 1) = (t, i, s, c, copy)
        order by place
    )
    select array_agg(row(verdict, s, c, n, t, i, case when verdict = 'accepted' then k end, make_interval(secs => w),
                         case when verdict = 'accepted' then q end, m)::tracking.settled),
           count(k) filter (where verdict = 'accepted'), count(q) filter (where verdict = 'accepted'),
           count(*) filter (where verdict = 'duplicate'), min(t), max(t)
      into rows, guarded, limited, known, oldest, newest
      from judged;

    perform tracking.check_kept(oldest, newest);

    if guarded > 0 then
        for at in select tracking.double_fires(batch, rows, oldest, newest) loop
            rows[at].verdict := 'repeat';
        end loop;
        repeats := found;
    end if;
    if limited > 0 then
        for at in select tracking.beyond_ceiling(rows) loop
            rows[at].verdict := 'repeat';
        end loop;
        repeats := repeats or found;
    end if;
    if repeats then
        insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)
          select t, i, s, c, '', '', ''
            from unnest(rows)
           where verdict = 'repeat'
        order by t, i, s, c
        on conflict (occurred_at, event_id, source, creator) do update  -- always: they were written above
               set excluded = 'repeat';
    end if;
    if known > 0 then
        for at in select tracking.conflicts(batch, rows, oldest, newest) loop
            rows[at].verdict := 'conflict';
        end loop;
    end if;

    if batch @? '$[*].v' then  -- properties that do not fit
        insert into tracking.property_faults (source, name, mode, field, reason, events)
          select s, n, v ->> 0, v ->> 1, v ->> 2, count(*)
            from unnest(rows) with ordinality as judged (verdict, s, c, n, t, i, k, w, q, m, place)
           cross join lateral jsonb_to_record(batch -> (place::integer - 1)) as sent (v jsonb)
           where v is not null
             and verdict not in ('duplicate', 'conflict')
        group by 1, 2, 3, 4, 5;
    end if;

    insert into tracking.rejected_events (source, verdict, field, reason, payload, cause, name, creator, excluded)
    select s, 'rejected', f, r, p, g, n, c, e
      from jsonb_to_recordset(rejected) as (s text, f text, r text, p text, g text, n text, c text, e text)
     where r is not null;  -- an event without a reason is only counted: tracking/ingest/kept.py

    insert into tracking.ingest_ledger (source, name, verdict, events, occurred_from, occurred_to, late)
      select sent.source, sent.name, sent.verdict, count(*), min(sent.t), max(sent.t), count(*) filter (where sent.t < today)
        from (select s, n, verdict, t from unnest(rows)
              union all
              select s, n, 'rejected', null from jsonb_to_recordset(rejected) as (s text, n text))
             as sent (source, name, verdict, t)
    group by 1, 2, 3;

    return query
        select place::integer, verdict
          from unnest(rows) with ordinality as judged (verdict, s, c, n, t, i, k, w, q, m, place)
         where verdict <> 'accepted';
end
$$;

revoke all on function tracking.ingest(jsonb, jsonb) from public;
grant execute on function tracking.ingest(jsonb, jsonb) to footfall_ingest;
