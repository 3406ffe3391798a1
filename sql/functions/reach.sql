-- The moment before which about `most` accepted events, or as many more as one commit stored, arrived since `since`; `settled`, if fewer
-- did. The ledger says how many; it has a line for each commit. Every event that arrived before `settled` is committed.
create or replace function tracking.reach(since timestamptz, settled timestamptz, most bigint) returns timestamptz
    language sql
    stable
as $$
    select least(min(received_at) + interval '1 microsecond', settled)
      from (select received_at, sum(events) over (order by received_at) as so_far
              from tracking.ingest_ledger
             where received_at >= since
               and received_at < settled
               and verdict = 'accepted') as commits
     where so_far >= most
$$;
revoke all on function tracking.reach(timestamptz, timestamptz, bigint) from public;
