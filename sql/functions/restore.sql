-- Puts rows back that were stored before, as they were: their arrival and their verdict are not judged again.
-- batch: an array of RestoredRow, as in tracking/ingest/rows.py. remembered: what the guard has to know of counted
-- actions, as restore_begin.sql says. Answers with the number of rows that were not there yet.
--
-- The ledger books what was not there, at the time when it had arrived: so the same batch again, whole or in part, changes
-- nothing. A day of arrival that the lake has without these rows is written again, and trails that went past it get them by
-- tracking.trails_inbox, the notes of arrivals by tracking.noted_inbox. Events before the guard, each in the order of its key, as tracking.ingest() does.
create or replace function tracking.restore(batch jsonb, remembered timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    restored bigint;
    oldest   timestamptz;
    newest   timestamptz;
    trodden  timestamptz;
    noted    timestamptz;
begin
    -- neither the trails nor the notes of arrivals go any further before these rows are committed
    select until into trodden from tracking.trails_state for share;
    select until into noted from tracking.noted_arrivals for share;

    with incoming as materialized (
          select distinct on (t, i, s, c) *
            from jsonb_to_recordset(batch)
                 as (t timestamptz, at timestamptz, i uuid, s text, c text, rt text, ri text, n text, p jsonb, x jsonb,
                     e text, k uuid, w float8)
        order by t, i, s, c
    ),
    written as (
        insert into tracking.events (occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name,
                                     properties, context, excluded)
          select t, at, i, s, c, rt, ri, n, p, x, e
            from incoming
        order by t, i, s, c
        on conflict (occurred_at, event_id, source, creator) do nothing
        returning occurred_at, received_at, event_id, source, creator, receiver_type, receiver_id, name, excluded
    ),
    handed_over as (
        insert into tracking.trails_inbox (occurred_at, source, creator, receiver_type, receiver_id, name)
        select occurred_at, source, creator, receiver_type, receiver_id, name
          from written
         where excluded is null
           and greatest(occurred_at, received_at) < trodden
    ),
    to_note as (
        insert into tracking.noted_inbox (occurred_at, event_id, source, creator)
        select occurred_at, event_id, source, creator
          from written
         where excluded is null
           and received_at < noted
    ),
    booked as (
        insert into tracking.ingest_ledger (received_at, source, name, verdict, events, occurred_from, occurred_to,
                                            late)
          select received_at, source, name, coalesce(excluded, 'accepted'), count(*), min(occurred_at), max(occurred_at),
                 count(*) filter (where occurred_at < tracking.midnight_before(received_at))
            from written
        group by 1, 2, 3, 4
    ),
    outdated as (
        update tracking.lake_days
           set outdated = true
         where day in (select (received_at at time zone 'UTC')::date from written)
    ),
    guarded as (
        insert into tracking.recent_actions as recent (action_key, until, during)
          select k, slot.until, range_agg(during)
            from written
            join incoming
                 on (t, i, s, c) = (occurred_at, event_id, source, creator)
           cross join lateral (select make_interval(secs => w) as long) as window_
           cross join lateral (select tstzrange(t, t + long) as during) as action
           cross join lateral (select tracking.slot_end(t, long) as until
                                union
                               select tracking.slot_end(t + long - interval '1 microsecond', long)) as slot
           where k is not null  -- only where the action counted
               and slot.until >= remembered
        group by k, slot.until
        order by k, slot.until
        on conflict (action_key, until) do update
               set during = recent.during + excluded.during
    )
    select count(*), min(occurred_at), max(occurred_at) into restored, oldest, newest from written;

    perform tracking.check_kept(oldest, newest);
    return restored;
end
$$;
revoke all on function tracking.restore(jsonb, timestamptz) from public;
