-- The events of a batch beyond the ceiling of their day. Counts are read by action, so the ceiling is by action, too.
-- Takes the batch's rows as settled so far, counts them, and answers with the places (from 1) of those beyond.
-- Only for tracking.ingest().
create or replace function tracking.beyond_ceiling(settled tracking.settled[])
    returns setof integer
    language plpgsql
as $$
begin
    return query
    with wanted as (
        select q, (t at time zone 'UTC')::date as day, m, place::integer,
               row_number() over (partition by q, (t at time zone 'UTC')::date order by place) as turn
          from unnest(settled) with ordinality as new (verdict, s, c, n, t, i, k, w, q, m, place)
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
     where before + turn > m;
end
$$;
revoke all on function tracking.beyond_ceiling(tracking.settled[]) from public;
