-- The ranges to refresh of one aggregate from a moment to another, as far as raw events are kept: its name, since, until.
-- Oldest first.
  select refreshed.since, refreshed.until
    from (select range_agg(tstzrange(range_start, range_end)) * tstzmultirange(tstzrange(%(since)s, %(until)s)) as kept
            from timescaledb_information.chunks
           where (hypertable_schema, hypertable_name) = ('tracking', 'events')) as chunks
   cross join lateral tracking.refresh_spans(%(aggregate)s, kept) as refreshed
order by 1
