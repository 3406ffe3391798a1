-- Books what the ledger of a lake has beyond the ledger here: events that left no row, such as duplicates.
-- lines: an array of {received_at, source, name, verdict, events, occurred_from, occurred_to}, with all lines of each time.
-- Answers with the number of events that it booked; the second time it is none.
create or replace function tracking.restore_ledger(lines jsonb) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    missing bigint;
begin
    perform pg_advisory_xact_lock(hashtext('footfall: restore'));  -- else two at once would both find the same lines missing
    -- planned anew each time: a plan from the time when a day's chunk was empty reads all of it for each line
    execute $lines$
        with theirs as (
              select received_at, source, name, verdict, sum(events)::bigint as events,
                     min(occurred_from) as occurred_from, max(occurred_to) as occurred_to
                from jsonb_to_recordset($1)
                     as (received_at timestamptz, source text, name text, verdict text, events bigint,
                         occurred_from timestamptz, occurred_to timestamptz)
            group by received_at, source, name, verdict
        ),
        booked as (
            insert into tracking.ingest_ledger (received_at, source, name, verdict, events, occurred_from, occurred_to)
            select received_at, source, name, verdict, theirs.events - ours.events, occurred_from, occurred_to
              from theirs
             cross join lateral (
                       select coalesce(sum(events), 0)::bigint as events
                         from tracking.ingest_ledger as line
                        where line.received_at = theirs.received_at
                          and (line.source, line.name, line.verdict) = (theirs.source, theirs.name, theirs.verdict)
                   ) as ours
             where theirs.events > ours.events
            returning events
        )
        select coalesce(sum(events), 0)::bigint from booked
    $lines$ into missing using lines;
    return missing;
end
$$;
revoke all on function tracking.restore_ledger(jsonb) from public;
