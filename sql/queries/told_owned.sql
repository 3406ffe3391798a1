-- Which owners have something to tell of some days, and on which of their receivers of a type, from the daily counts: a page, by
-- owner. Whom there is to count is asked of the trails then.
--   type; names: patterns of LIKE; since, until: the days; after: the last owner of the page before; page: how many
-- Reads the counts of these days for each page.
  select owner as id, array_agg(distinct receiver_id) as ids
    from tracking.event_counts_daily
    join tracking.receivers using (receiver_type, receiver_id)
   where day >= %(since)s::timestamptz
     and day <  %(until)s::timestamptz
     and receiver_type = %(type)s
     and name like any (%(names)s)
     and owner collate "C" > %(after)s
group by owner
order by owner collate "C"
   limit %(page)s
