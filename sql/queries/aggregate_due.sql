-- The windows of one aggregate in which something waits to be counted: its name. Oldest first.
  select refreshed.since, refreshed.until
    from tracking.waiting('-infinity', now())
   cross join lateral tracking.refresh_windows(
              aggregate,
              (select range_agg(tstzrange(_timescaledb_functions.to_timestamp(lower(part)),
                                          _timescaledb_functions.to_timestamp(upper(part))))
                 from unnest(changed) as part)) as refreshed
   where aggregate = %(aggregate)s
order by 1
