-- Finds conflicts among duplicates: the same id and time with other content is no retry. The first event stays; the second
-- is kept for inspection, up to 200 KB a source and minute. Takes the batch of tracking.ingest(), its rows as settled so
-- far, and the times of the first and the last of them; answers with the places (from 1) of conflicts. Only for
-- tracking.ingest().
create or replace function tracking.conflicts(batch jsonb, settled tracking.settled[], oldest timestamptz,
                                               newest timestamptz)
    returns setof integer
    language plpgsql
as $$
declare
    places integer[];
begin
    execute $known$
        select array_agg(late.place::integer)
          from unnest($2) with ordinality as late (verdict, s, c, n, t, i, k, w, q, m, place)
         cross join lateral jsonb_to_record($1 -> (late.place::integer - 1))
               as sent (rt text, ri text, n text, p jsonb)
         cross join lateral (
                   select *
                     from tracking.events
                    where occurred_at = late.t
                      and event_id = late.i
                      and source = late.s
                      and creator = late.c
                      and occurred_at between $3 and $4
                    limit 1
               ) as stored
         where late.verdict = 'duplicate'
           and (stored.receiver_type, stored.receiver_id, stored.name, stored.properties)
               is distinct from (sent.rt, sent.ri, sent.n, sent.p)
    $known$ into places using batch, settled, oldest, newest;

    insert into tracking.rejected_events (source, verdict, field, reason, payload, cause, name, creator)
      with late as (
          select settled[place].s as source, settled[place].n as name, settled[place].c as creator, left((batch -> (place - 1))::text, 16384) as payload, place
            from unnest(places) as place
      ),
      summed as (
          select *, sum(octet_length(payload)) over (partition by source order by place) as octets
            from late
      ),
      kept as (
          select source, sum(octet_length(payload)) as octets
            from tracking.rejected_events
           where source = any (array(select s from unnest(settled)))
             and received_at > now() - interval '1 minute'
             and verdict = 'conflict'
        group by source
      )
      select source, 'conflict', 'id', 'the same id and time as an event with other content', payload,
             'conflict', name, creator
        from summed
        left join kept using (source)
       where summed.octets + coalesce(kept.octets, 0) <= 200000;  -- as in tracking/ingest/kept.py
    return query select unnest(places);
end
$$;
revoke all on function tracking.conflicts(jsonb, tracking.settled[], timestamptz, timestamptz) from public;
