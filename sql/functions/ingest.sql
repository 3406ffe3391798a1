-- An action is counted once. Writing is one function: one round trip, planned once per session, and the API's role
-- needs no right on the tables behind it.
create or replace function tracking.ingest(batch jsonb, refused jsonb)
    returns table (nth integer, outcome text)
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
-- batch: an array of rows as tracking/ingest/admit.py makes them. refused: what did not become a row.
-- Answers with the places (from 1) in batch of the rows that are not simply accepted.
--
-- Events are written first: their unique key settles what is new, also against a concurrent writer, so that a retry
-- never meets its own row in the guard. Then the guard decides which of the new ones count, then the ceiling. Each
-- locks what it needs in one pass by the order of its key: overlapping batches wait for each other and do not deadlock.
--
-- What looks stored events up is planned anew each time (execute): a plan kept from when a day's chunk was empty reads
-- the whole period of the batch, and is kept until that chunk is analyzed; on the embedded engine, for ever. A limit in
-- a lateral join makes it go from the batch to the index, row by row, whatever the planner believes of the batch.
declare
    verdicts text[];   -- by place, as all of these
    sources  text[];
    creators text[];
    names    text[];
    times    timestamptz[];
    ids      uuid[];
    keys     uuid[];   -- of the rows that the guard has to see, else null
    windows  interval[];
    actions  uuid[];   -- of the rows that have a ceiling, else null
    ceilings bigint[];
    guarded  bigint;   -- how many
    limited  bigint;
    oldest   timestamptz;
    newest   timestamptz;
    widest   interval;
    horizon  timestamptz;
    gone     timestamptz;
    one      record;
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
                           e text, k uuid, w float8, q uuid, m bigint)
               ) with ordinality as sent (t, i, s, c, rt, ri, n, p, x, e, k, w, q, m, place)
          left join tracking.receiver_types as person
                 on person.receiver_type = sent.rt
          left join tracking.receivers
                 on person.owner_is_person
                and receivers.receiver_type = person.receiver_type
                and receivers.receiver_id = sent.ri
    ),
    written as (  -- an id may come twice in one batch: the first is written, the rest are duplicates
        insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name,
                                     properties, context, excluded)
          select t, i, s, c, rt, ri, n, p, x, excluded
            from incoming
           where copy = 1
        order by t, i, s, c
        on conflict (occurred_at, event_id, source, creator) do nothing
        returning occurred_at, event_id, source, creator
    ),
    settled as (
          select place, t, i, s, c, n, k, w, q, m,
                 case when event_id is null then 'duplicate' else coalesce(excluded, 'accepted') end as verdict
            from incoming
            left join written
                   on (occurred_at, event_id, source, creator, 1) = (t, i, s, c, copy)
        order by place
    )
    select array_agg(verdict), array_agg(s), array_agg(c), array_agg(n), array_agg(t), array_agg(i),
           array_agg(case when verdict = 'accepted' then k end), array_agg(make_interval(secs => w)),
           array_agg(case when verdict = 'accepted' then q end), array_agg(m),
           count(k) filter (where verdict = 'accepted'), count(q) filter (where verdict = 'accepted'),
           min(t), max(t), make_interval(secs => max(w))
      into verdicts, sources, creators, names, times, ids, keys, windows, actions, ceilings, guarded, limited,
           oldest, newest, widest
      from settled;

    -- Raw events are dropped while others write: a row that comes after its time was dropped could never be counted. The
    -- lock makes whoever is second see what the first did; nothing of the last two days is dropped (drop_raw_events.sql).
    -- Of a chunk that was dropped by hand, and is made anew by this very batch, the kept counts tell.
    if oldest < now() - interval '2 days' then
        perform pg_advisory_xact_lock_shared(hashtext('footfall: old events'));
        if exists (select
                     from _timescaledb_catalog.hypertable
                     join _timescaledb_catalog.dimension on dimension.hypertable_id = hypertable.id
                     join _timescaledb_catalog.dimension_slice as slice on slice.dimension_id = dimension.id
                    where (hypertable.schema_name, hypertable.table_name) = ('tracking', 'events')
                      and slice.range_start <= _timescaledb_functions.to_unix_microseconds(newest)
                      and slice.range_end > _timescaledb_functions.to_unix_microseconds(oldest)
                      and slice.xmin = pg_current_xact_id()::xid) then
            gone := tracking.hole();
        end if;
        gone := greatest(gone, tracking.dropped_until());
        if oldest < gone then
            raise exception using errcode = 'datetime_field_overflow',
                message = format('too old; raw events before %s were dropped, and what is older is only kept as counts',
                                 to_char(gone at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
        end if;
    end if;

    if guarded > 0 then
        -- An import may reach what the guard has forgotten. Then all slots of the batch are locked, and who has a counted
        -- neighbour among the stored events is a repeat; the guard decides among the others.
        if oldest < now() - interval '12 hours' then
            select forgotten_until into horizon from tracking.guard_memory for share;  -- nothing is forgotten meanwhile
        end if;
        if oldest < horizon then
            insert into tracking.recent_actions as recent (action_key, until, during)
              select distinct k, slot.until, '{}'::tstzmultirange
                from unnest(keys, times, windows) as new (k, t, w)
               cross join lateral (values (tracking.slot_end(t, w)),
                                          (tracking.slot_end(t + w - interval '1 microsecond', w))) as slot (until)
               where k is not null
            order by k, slot.until
            on conflict (action_key, until) do update
                   set during = recent.during
                 where false;  -- locked all the same
            for at in execute $known$
                select new.place::integer
                  from unnest($2, $3, $4, $5) with ordinality as new (k, t, w, verdict, place)
                 cross join lateral jsonb_to_record($1 -> (new.place::integer - 1))
                       as sent (s text, c text, rt text, ri text, n text, a boolean)
                 cross join lateral (
                           select
                             from tracking.events as stored
                            where stored.excluded is null
                              and stored.receiver_type = sent.rt
                              and stored.receiver_id = sent.ri
                              and stored.name = sent.n
                              and stored.creator = sent.c
                              and (stored.source = sent.s or sent.a)
                              and stored.occurred_at > new.t - new.w
                              and stored.occurred_at < new.t + new.w
                              and stored.occurred_at between $9 and $10
                              and (stored.occurred_at, stored.event_id, stored.source, stored.creator) not in (
                                      select t, i, s, c
                                        from unnest($3, $6, $7, $8, $5) as written (t, i, s, c, verdict)
                                       where verdict <> 'duplicate'
                                  )
                            limit 1
                       ) as neighbour
                 where new.k is not null
                   and tracking.slot_end(new.t, new.w) < $11
            $known$ using batch, keys, times, windows, verdicts, ids, sources, creators,
                          oldest - widest, newest + widest, horizon
            loop
                verdicts[at] := 'repeat';
                keys[at] := null;
            end loop;
        end if;

        -- Of new actions with a window, the guard lets the first through; the others stay, and do not count. One pass
        -- locks all slots of the batch, and decides about the first action of each key; the rest goes one by one.
        for one in
            with new as (
                select k, place::integer, tstzrange(t, t + w) as during,
                       tracking.slot_end(t, w) as first,
                       tracking.slot_end(t + w - interval '1 microsecond', w) as last,
                       row_number() over (partition by k order by place) as turn
                  from unnest(keys, times, windows) with ordinality as guarded (k, t, w, place)
                 where k is not null
            ),
            slots as (
                select k, first as until, during, turn from new
                union all
                select k, last, during, turn from new where last <> first
            ),
            taken as (
                insert into tracking.recent_actions as recent (action_key, until, during)
                  select distinct on (k, until)
                         k, until, case when turn = 1 then tstzmultirange(during) else '{}' end
                    from slots
                order by k, until, turn
                on conflict (action_key, until) do update
                       set during = recent.during + excluded.during
                     where not recent.during && excluded.during
                       and not isempty(excluded.during)
                returning action_key, until
            ),
            judged as (
                select *,
                       (k, first) in (select action_key, until from taken) as has_first,
                       (k, last) in (select action_key, until from taken) as has_last
                  from new
            )
              select *
                from judged
               where turn > 1 or not has_first or not has_last
            order by turn, place
        loop
            if one.turn = 1 then
                verdicts[one.place] := 'repeat';
                if one.has_first or one.has_last then  -- a window is taken in both of its slots or in none
                    update tracking.recent_actions
                       set during = during - one.during::tstzmultirange
                     where action_key = one.k
                       and until = case when one.has_first then one.first else one.last end;
                end if;
            else
                update tracking.recent_actions
                   set during = during + one.during::tstzmultirange
                 where action_key = one.k
                   and until in (one.first, one.last)
                   and not exists (
                           select
                             from tracking.recent_actions as slot
                            where slot.action_key = one.k
                              and slot.until in (one.first, one.last)
                              and slot.during && one.during
                       );
                if not found then
                    verdicts[one.place] := 'repeat';
                end if;
            end if;
        end loop;
    end if;

    -- What is counted by action is bounded by action, whatever the names: beyond the ceiling an event is a repeat.
    if limited > 0 then
        for at in
            with wanted as (
                select q, (t at time zone 'UTC')::date as day, m, place::integer,
                       row_number() over (partition by q, (t at time zone 'UTC')::date order by place) as turn
                  from unnest(actions, times, ceilings, verdicts) with ordinality as new (q, t, m, verdict, place)
                 where q is not null
                   and verdict = 'accepted'
            ),
            booked as (
                insert into tracking.daily_actions as daily (action_key, day, counted)
                  select q, day, count(*)
                    from wanted
                group by q, day
                order by q, day
                on conflict (action_key, day) do update
                       set counted = daily.counted + excluded.counted
                returning action_key, day, counted
            )
            select place
              from (select place, turn, m, max(counted) over same - count(place) over same as before
                      from (select q, day, place, turn, m, null::bigint as counted from wanted
                            union all
                            select action_key, day, null, null, null, counted from booked) as both_
                     where exists (select from booked where counted > (select min(m) from wanted))
                    window same as (partition by q, day)) as held
             where before + turn > m
        loop
            verdicts[at] := 'repeat';
        end loop;
    end if;

    if 'repeat' = any (verdicts) then
        insert into tracking.events (occurred_at, event_id, source, creator, receiver_type, receiver_id, name)
          select t, i, s, c, '', '', ''
            from unnest(verdicts, times, ids, sources, creators) as late (verdict, t, i, s, c)
           where verdict = 'repeat'
        order by t, i, s, c
        on conflict (occurred_at, event_id, source, creator) do update  -- always: they were written above
               set excluded = 'repeat';
    end if;

    -- The same id and time with other content is no retry: the first stays, the second is kept for inspection,
    -- up to 200 KB a source and minute.
    if 'duplicate' = any (verdicts) then
        for at in execute $known$
            select late.place::integer
              from unnest($2, $3, $4, $5, $6) with ordinality as late (verdict, t, i, s, c, place)
             cross join lateral jsonb_to_record($1 -> (late.place::integer - 1))
                   as sent (rt text, ri text, n text, p jsonb)
             cross join lateral (
                       select *
                         from tracking.events
                        where occurred_at = late.t
                          and event_id = late.i
                          and source = late.s
                          and creator = late.c
                          and occurred_at between $7 and $8
                        limit 1
                   ) as stored
             where late.verdict = 'duplicate'
               and (stored.receiver_type, stored.receiver_id, stored.name, stored.properties)
                   is distinct from (sent.rt, sent.ri, sent.n, sent.p)
        $known$ using batch, verdicts, times, ids, sources, creators, oldest, newest
        loop
            verdicts[at] := 'conflict';
        end loop;
        insert into tracking.rejected_events (source, verdict, field, reason, payload)
          with late as (
              select sources[place] as source, left((batch -> (place::integer - 1))::text, 16384) as payload, place
                from unnest(verdicts) with ordinality as judged (verdict, place)
               where verdict = 'conflict'
          ),
          summed as (
              select *, sum(octet_length(payload)) over (partition by source order by place) as octets
                from late
          ),
          kept as (
              select source, sum(octet_length(payload)) as octets
                from tracking.rejected_events
               where source = any (sources)
                 and received_at > now() - interval '1 minute'
                 and verdict = 'conflict'
            group by source
          )
          select source, 'conflict', 'id', 'the same id and time as an event with other content', payload
            from summed
            left join kept using (source)
           where summed.octets + coalesce(kept.octets, 0) <= 200000;  -- as in tracking/ingest/kept.py
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
