-- The double-fire guard: finds the repeats among a batch's new events. Takes the batch of tracking.ingest(), its rows
-- as settled so far, and the times of the first and the last of them; answers with the places (from 1) of the
-- repeats. Only for tracking.ingest().
create or replace function tracking.double_fires(batch jsonb, settled tracking.settled[], oldest timestamptz,
                                                  newest timestamptz)
    returns setof integer
    language plpgsql
as $$
declare
    widest  interval;
    horizon timestamptz;
    one     record;
    at      integer;
begin
    -- An import may reach times whose slots were deleted. Then all slots of the batch are locked, and an event with a counted
    -- neighbour among the stored events is a repeat; the guard decides about the others.
    if oldest < now() - interval '12 hours' then
        select forgotten_until into horizon from tracking.guard_memory for share;  -- no slot is deleted meanwhile
    end if;
    if oldest < horizon then
        select max(w) into widest from unnest(settled);
        insert into tracking.recent_actions as recent (action_key, until, during)
          select distinct k, slot.until, '{}'::tstzmultirange
            from unnest(settled)
           cross join lateral (values (tracking.slot_end(t, w)),
                                      (tracking.slot_end(t + w - interval '1 microsecond', w))) as slot (until)
           where k is not null
        order by k, slot.until
        on conflict (action_key, until) do update
               set during = recent.during
             where false;  -- it locks all the same
        for at in execute $known$
            select new.place::integer
              from unnest($2) with ordinality as new (verdict, s, c, n, t, i, k, w, q, m, place)
             cross join lateral jsonb_to_record($1 -> (new.place::integer - 1))
                   as sent (rt text, ri text, a boolean)
             cross join lateral (
                       select
                         from tracking.events as stored
                        where stored.excluded is null
                          and stored.receiver_type = sent.rt
                          and stored.receiver_id = sent.ri
                          and stored.name = new.n
                          and stored.creator = new.c
                          and (stored.source = new.s or sent.a)
                          and stored.occurred_at > new.t - new.w
                          and stored.occurred_at < new.t + new.w
                          and stored.occurred_at between $3 and $4
                          and (stored.occurred_at, stored.event_id, stored.source, stored.creator) not in (
                                  select written.t, written.i, written.s, written.c
                                    from unnest($2) as written
                                   where written.verdict <> 'duplicate'
                              )
                        limit 1
                   ) as neighbour
             where new.k is not null
               and tracking.slot_end(new.t, new.w) < $5
        $known$ using batch, settled, oldest - widest, newest + widest, horizon
        loop
            settled[at].k := null;
            return next at;
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
              from unnest(settled) with ordinality as guarded (verdict, s, c, n, t, i, k, w, q, m, place)
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
            return next one.place;
            if one.has_first or one.has_last then  -- a window goes into both of its slots or into none
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
                return next one.place;
            end if;
        end if;
    end loop;
end
$$;
revoke all on function tracking.double_fires(jsonb, tracking.settled[], timestamptz, timestamptz) from public;
