-- Whether raw events that arrived from `since` on, and happened in [from, to), null for any, may have been dropped; and the
-- moment before which raw events may be gone, or null. One row; reads the ledger's lines until the first such.
select exists (select
                 from tracking.ingest_ledger
                where received_at >= %(since)s
                  and verdict in ('accepted', 'repeat', 'bot', 'own', 'prefetch')
                  and occurred_from < dropped.until
                  and (%(from)s::timestamptz   is null or %(from)s::timestamptz < dropped.until)
                  and (%(from)s::timestamptz   is null or occurred_to >= %(from)s::timestamptz)
                  and (%(to)s::timestamptz     is null or occurred_from < %(to)s::timestamptz)
                  and (%(source)s::text is null or source = %(source)s::text)),
       nullif(dropped.until, '-infinity')
  from tracking.dropped_until() as dropped (until)
