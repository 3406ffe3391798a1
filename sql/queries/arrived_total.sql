-- How many stored events the ledger has between two moments of arrival, the second exclusive: since, until, source (null: any).
-- Reads the ledger's lines between them: a second for some millions.
select coalesce(sum(events), 0)::bigint
  from tracking.ingest_ledger
 where received_at >= %(since)s
   and received_at < %(until)s
   and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
   and (%(source)s::text is null or source = %(source)s::text)
