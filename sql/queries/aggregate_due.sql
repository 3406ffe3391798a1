-- The ranges of one aggregate in which something waits to be counted: its name. Oldest first. Each has the day after it:
-- TimescaleDB before 2.25.1 takes its first instant for changed, too, and would leave it waiting; later versions forget it, even
-- if it did change.
  select refreshed.since, refreshed.until
    from tracking.waiting('-infinity', now())
   cross join lateral tracking.refresh_spans(
              aggregate,
              (select range_agg(tstzrange(tracking.moment(lower(part)),
                                          tracking.moment(upper(part)) + interval '1 day'))
                 from unnest(changed) as part)) as refreshed
   where aggregate = %(aggregate)s
order by 1
