-- An action is counted once. Writing is one function: one round trip, planned once per session, and the API's role
-- needs no right on the tables behind it.

-- The double-fire guard: for each key the windows of its counted actions. The primary key's row lock settles which of
-- two concurrent actions is first; a multirange keeps earlier windows, so that events may arrive in any order.
-- Kept as long as events may arrive late.
create table tracking.recent_actions (
    action_key uuid primary key,  -- digest of creator, receiver and name
    during     tstzmultirange not null
) with (fillfactor = 85);  -- room for the next window of a key on its own page

-- What was refused, and why: for the front-end developer who asks where an event went.
create table tracking.rejected_events (
    received_at timestamptz not null default now(),
    source      text not null,
    verdict     text not null check (verdict in ('rejected', 'conflict')),
    field       text not null,
    reason      text not null,
    payload     text  -- as sent, up to 16 KB: it may be no JSON that PostgreSQL could hold
);
select create_hypertable(
    'tracking.rejected_events', by_range('received_at', interval '1 day'), create_default_indexes => false
);
create index rejected_events_by_source on tracking.rejected_events (source, received_at desc);
select add_retention_policy('tracking.rejected_events', drop_after => interval '30 days');

-- Appended in the transaction that wrote the events: what came in, and what became of it. Each line says in which
-- period the events happened, so that it can be held against them without reading all there are.
create table tracking.ingest_ledger (
    received_at   timestamptz not null default now(),
    source        text not null,
    name          text not null,  -- empty where what was sent has no valid one
    verdict       text not null
                  check (verdict in ('accepted', 'repeat', 'bot', 'own', 'duplicate', 'conflict', 'rejected')),
    events        bigint not null check (events > 0),
    occurred_from timestamptz,
    occurred_to   timestamptz
);
select create_hypertable(
    'tracking.ingest_ledger', by_range('received_at', interval '1 day'), create_default_indexes => false
);
create index ingest_ledger_by_time on tracking.ingest_ledger (received_at desc);
alter table tracking.ingest_ledger set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'source',
    timescaledb.orderby = 'received_at desc'
);
call add_columnstore_policy('tracking.ingest_ledger', after => interval '2 days');
select add_retention_policy('tracking.ingest_ledger', drop_after => interval '400 days');

-- How long a second action of the same kind by the same person is a double fire. The longest matching name counts:
-- 'click__save' before 'click__*'. Zero: never.
insert into tracking.event_types (name, description, repeat_window) values
    ('click',         'a click',                        interval '2 seconds'),
    ('click__*',      'any custom click',               interval '2 seconds'),
    ('impression',    'shown in a list or a mail',      interval '30 seconds'),
    ('impression__*', 'shown in a place with a name',   interval '30 seconds'),
    ('view',          'opened',                         interval '30 minutes'),
    ('view__*',       'a part of it opened',            interval '30 minutes')
on conflict do nothing;

create function tracking.ingest(batch jsonb, refused jsonb)
    returns table (nth integer, outcome text)
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
-- batch: an array of rows as tracking/ingest/admit.py makes them. refused: what did not become a row.
-- Answers with the places (from 1) in batch of the rows that are not simply accepted.
--
-- Events are written first: their unique key settles what is new, also against a concurrent writer, so that a retry
-- never meets its own row in the guard. Then the guard decides which of the new ones count. Each step goes by the
-- order of its key: overlapping batches wait for each other and do not deadlock.
--
-- What looks stored events up is planned anew each time (execute): a plan kept from when a day's chunk was empty reads
-- the whole period of the batch, and is kept until that chunk is analyzed; on the embedded engine, for ever.
declare
    verdicts text[];   -- by place
    sources  text[];
    names    text[];
    times    timestamptz[];
    ids      uuid[];
    keys     uuid[];   -- of the rows that the guard has to see
    windows  tstzrange[];
    guarded  bigint;   -- how many
    actions  bigint;   -- how many different ones
    oldest   timestamptz;
    newest   timestamptz;
    several  record;
    taken    tstzmultirange;
    at       integer;
begin
    with incoming as materialized (
        select sent.*,
               coalesce(sent.e, case when sent.ri = sent.c or receivers.owner = sent.c then 'own' end) as excluded
          from rows from (
                   jsonb_to_recordset(batch)
                       as (t timestamptz, i uuid, s text, c text, rt text, ri text, n text, p jsonb, x jsonb,
                           e text, k uuid, w float8)
               ) with ordinality as sent (t, i, s, c, rt, ri, n, p, x, e, k, w, place)
          left join tracking.receivers
                 on receivers.receiver_type = sent.rt
                and receivers.receiver_id   = sent.ri
    ),
    firsts as (  -- an id may come twice in one batch: the first is written, the rest are duplicates
          select distinct on (t, i) *
            from incoming
        order by t, i, place
    ),
    written as (
        insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name,
                                     properties, context, excluded)
          select t, i, s, c, rt, ri, n, p, x, excluded
            from firsts
        order by t, i
        on conflict (occurred_at, event_id) do nothing
        returning occurred_at, event_id
    ),
    settled as (
        select incoming.*,
               case when written.event_id is null then 'duplicate' else coalesce(incoming.excluded, 'accepted') end
                   as verdict
          from incoming
          left join firsts  on firsts.place = incoming.place
          left join written on written.occurred_at = firsts.t and written.event_id = firsts.i
    )
    select array_agg(settled.verdict order by settled.place),
           array_agg(s order by settled.place),
           array_agg(n order by settled.place),
           array_agg(t order by settled.place),
           array_agg(i order by settled.place),
           array_agg(case when settled.verdict = 'accepted' then k end order by settled.place),
           array_agg(case when settled.verdict = 'accepted' and k is not null
                          then tstzrange(t, t + make_interval(secs => w)) end order by settled.place),
           count(k) filter (where settled.verdict = 'accepted'),
           count(distinct k) filter (where settled.verdict = 'accepted'),
           min(t),
           max(t)
      into verdicts, sources, names, times, ids, keys, windows, guarded, actions, oldest, newest
      from settled;

    -- Raw events are dropped while others write: a row that comes after its time was dropped could never be counted. The
    -- lock makes whoever is second see what the first did; nothing of the last two days is dropped (0021_upkeep.sql).
    if oldest < now() - interval '2 days' then
        perform pg_advisory_xact_lock_shared(hashtext('footfall: old events'));
        if oldest < tracking.dropped_until() then
            raise exception using errcode = 'datetime_field_overflow',
                message = format('too old; raw events before %s were dropped, and what is older is only kept as counts',
                                 to_char(tracking.dropped_until() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
        end if;
    end if;

    -- Of new actions with a window, the guard lets the first through; the others stay, and do not count.
    if guarded > 0 then
        for at in
            with candidates as (
                  select k, (array_agg(during))[1] as during, min(ordinality)::integer as place
                    from unnest(keys, windows) with ordinality as guarded (k, during, ordinality)
                   where k is not null
                group by k
                  having count(*) = 1
            ),
            counted as (
                insert into tracking.recent_actions as recent (action_key, during)
                  select k, tstzmultirange(during)
                    from candidates
                order by k
                on conflict (action_key) do update
                       set during = recent.during + excluded.during
                     where not recent.during && excluded.during
                returning action_key
            )
            select candidates.place
              from candidates
             where k not in (select action_key from counted)
        loop
            verdicts[at] := 'repeat';
        end loop;

        if actions < guarded then
            for several in  -- a key more than once in this batch: one by one, as they came
                  select k, array_agg(during order by ordinality) as windows, array_agg(ordinality::integer order by ordinality) as places
                    from unnest(keys, windows) with ordinality as guarded (k, during, ordinality)
                   where k is not null
                group by k
                  having count(*) > 1
                order by k
            loop
                insert into tracking.recent_actions values (several.k, '{}') on conflict do nothing;
                select during into taken from tracking.recent_actions where action_key = several.k for update;
                for at in 1 .. cardinality(several.places) loop
                    if taken && several.windows[at] then
                        verdicts[several.places[at]] := 'repeat';
                    else
                        taken := taken + several.windows[at]::tstzmultirange;
                    end if;
                end loop;
                update tracking.recent_actions set during = taken where action_key = several.k;
            end loop;
        end if;

        if 'repeat' = any (verdicts) then
            execute $update$
                update tracking.events
                   set excluded = 'repeat'
                  from unnest($1, $2, $3) as late (verdict, t, i)
                 where late.verdict = 'repeat'
                   and occurred_at = late.t
                   and event_id = late.i
                   and occurred_at between $4 and $5
            $update$ using verdicts, times, ids, oldest, newest;
        end if;
    end if;

    -- The same id and time with other content is no retry: the first stays, the second is kept for inspection.
    if 'duplicate' = any (verdicts) then
        for at in execute $known$
            select late.ordinality::integer
              from unnest($2, $3, $4) with ordinality as late (verdict, t, i, ordinality)
             cross join lateral jsonb_to_record($1 -> (late.ordinality::integer - 1))
                   as sent (s text, c text, rt text, ri text, n text, p jsonb)
              join tracking.events as stored
                on stored.occurred_at = late.t
               and stored.event_id = late.i
             where late.verdict = 'duplicate'
               and stored.occurred_at between $5 and $6
               and (stored.source, stored.creator, stored.receiver_type, stored.receiver_id, stored.name,
                    stored.properties)
                   is distinct from (sent.s, sent.c, sent.rt, sent.ri, sent.n, sent.p)
        $known$ using batch, verdicts, times, ids, oldest, newest
        loop
            verdicts[at] := 'conflict';
        end loop;
        insert into tracking.rejected_events (source, verdict, field, reason, payload)
        select sources[late.ordinality], 'conflict', 'id', 'the same id and time as an event with other content',
               left((batch -> (late.ordinality::integer - 1))::text, 16384)
          from unnest(verdicts) with ordinality as late (verdict, ordinality)
         where late.verdict = 'conflict';
    end if;

    insert into tracking.rejected_events (source, verdict, field, reason, payload)
    select s, 'rejected', f, r, p
      from jsonb_to_recordset(refused) as (s text, f text, r text, p text)
     where r is not null;  -- without a reason it is counted only: tracking/ingest/kept.py

    insert into tracking.ingest_ledger (source, name, verdict, events, occurred_from, occurred_to)
      select sent.source, sent.name, sent.verdict, count(*), min(sent.t), max(sent.t)
        from (select * from unnest(sources, names, verdicts, times)
              union all
              select s, n, 'rejected', null from jsonb_to_recordset(refused) as (s text, n text))
             as sent (source, name, verdict, t)
    group by 1, 2, 3;

    return query
        select ordinality::integer, settled.verdict
          from unnest(verdicts) with ordinality as settled (verdict, ordinality)
         where settled.verdict <> 'accepted';
end
$$;

revoke all on function tracking.ingest(jsonb, jsonb) from public;
grant execute on function tracking.ingest(jsonb, jsonb) to footfall_ingest;
revoke insert on tracking.events from footfall_ingest;
grant select on tracking.ingest_ledger, tracking.rejected_events to footfall_read;
