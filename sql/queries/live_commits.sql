-- Where the events of a stretch of arrival lie: since, until (exclusive), events; sources, names (LIKE patterns), verdicts,
-- null for any. Of the first commits with about so many events, whatever they are: the last one's moment. Of those that are
-- asked for: from and to by occurrence of the ones that happened within half a minute before they arrived, and of all
-- other stored ones; and the sources of what was put aside. One row, of nulls if there are no commits.
-- Reads the ledger's lines by its index, some two thousand at most: a millisecond.
with lines as (
      select received_at, source, events, occurred_from, occurred_to,
             asked and verdict not in ('duplicate', 'conflict', 'rejected')
                   and (%(names)s::text[] is null or name like any (%(names)s::text[])) as stored,
             asked and verdict in ('conflict', 'rejected') as aside,
             occurred_from >= received_at - interval '30 s' as soon
        from tracking.ingest_ledger
  cross join lateral (select (%(sources)s::text[] is null or source = any (%(sources)s::text[]))
                             and (%(verdicts)s::text[] is null or verdict = any (%(verdicts)s::text[]))) as filter (asked)
       where received_at >= %(since)s
         and received_at < %(until)s
    order by received_at
       fetch first 2000 rows with ties
),
commits as (
      select received_at, sum(sum(events)) over (order by received_at) - sum(events) as before,
             min(occurred_from) filter (where stored and soon)     as soon_from,
             max(occurred_to)   filter (where stored and soon)     as soon_to,
             min(occurred_from) filter (where stored and not soon) as late_from,
             max(occurred_to)   filter (where stored and not soon) as late_to
        from lines
    group by received_at
),
first as (
    select max(received_at) as last, min(soon_from) as soon_from, max(soon_to) as soon_to, min(late_from) as late_from,
           max(late_to) as late_to
      from commits
     where before < %(events)s
)
select last, soon_from, soon_to, late_from, late_to,
       array(select distinct source from lines where aside and received_at <= last) as aside
  from first
