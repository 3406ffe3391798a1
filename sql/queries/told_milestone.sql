-- Which receivers of a type have passed a threshold, and were not told so: a page of those with events of late, by id.
-- `threshold` is null for the others of the page.
--   rule, type; names: patterns of LIKE; thresholds; until: the first instant after the day
--   recent: events before it came in time for an earlier day; started: the rule's first instant, what was passed before it
--   is old news; after: the last id of the page before; page: how many
-- Reads the days of late, and all days of each receiver that has some.
with active as (
      select distinct receiver_id collate "C" as receiver_id
        from tracking.event_counts_daily
       where day >= %(recent)s::timestamptz
         and day <  %(until)s::timestamptz
         and receiver_type = %(type)s
         and name like any (%(names)s)
         and receiver_id collate "C" > %(after)s
    order by 1
       limit %(page)s
),
totals as (
      select receiver_id, sum(events)::bigint as value,
             coalesce(sum(events) filter (where day < %(started)s::timestamptz), 0) as started
        from tracking.event_counts_daily
       where day < %(until)s::timestamptz
         and receiver_type = %(type)s
         and name like any (%(names)s)
         and receiver_id in (select receiver_id from active)
    group by receiver_id
)
   select receiver_id as id, value, passed.threshold
     from totals
     left join lateral (
          select max(threshold) as threshold
            from unnest(%(thresholds)s::bigint[]) as threshold
           where threshold <= value) as reached on true
     left join lateral (
          select reached.threshold
           where reached.threshold > started
             and not exists (
                 select
                   from tracking.notifications
                  where rule = %(rule)s
                    and receiver_type = %(type)s
                    and notifications.receiver_id = totals.receiver_id
                    and notifications.threshold >= reached.threshold)) as passed on true
 order by receiver_id collate "C"
