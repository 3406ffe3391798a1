-- Where the stored events of a stretch of arrival lie: since, until (exclusive), source (null: any), most. Of the first hour
-- with any, one row for about `most` events, in order, a thousand rows: from and to by arrival, both inclusive, from and to by
-- occurrence, and how many there are. The ledger has a line for each commit, source, name and verdict, so rows of one commit stay together.
-- Reads the ledger's lines of that hour by its index.
with since as (
    select min(received_at) as first
      from tracking.ingest_ledger
     where received_at >= %(since)s
       and received_at < %(until)s
       and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
       and (%(source)s::text is null or source = %(source)s::text)
),
commits as (
      select received_at, min(occurred_from) as oldest, max(occurred_to) as newest, sum(events) as events,
             sum(sum(events)) over (order by received_at) as so_far
        from tracking.ingest_ledger, since
       where received_at >= first
         and received_at < least(first + interval '1 hour', %(until)s)
         and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
         and (%(source)s::text is null or source = %(source)s::text)
    group by received_at
)
  select min(received_at), max(received_at), min(oldest), max(newest), sum(events)::bigint
    from commits
group by div(so_far - events, %(most)s)
order by 1
   limit 1000
