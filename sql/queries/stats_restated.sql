-- follows: stats_scope
-- How numbers that were told changed later: by day (of the reporting timezone) and reason, the newest days first. They are of all
-- names of the receivers. People of several receivers do not add up, and are null.
--   told_from, told_until: the days of the period, both inside; limit: how many rows. `listed` counts all
-- By the primary key for receivers, else a pass over all there are: a millisecond for 5,000.
  select day, reason, max(restated_at) as restated_at, count(distinct (receiver_type, receiver_id)) as receivers,
         sum(events_after - events_before)::bigint as events,
         case when count(distinct (receiver_type, receiver_id)) = 1
              then sum(creators_after - creators_before)::bigint end as creators,
         count(*) over () as listed
    from tracking.restatements
   where day >= %(told_from)s::date
     and day <= %(told_until)s::date
     and (%(type)s::text is null or receiver_type = %(type)s::text)
     and ((%(reads_all)s and %(receivers)s::text[] is null and %(owner)s::text is null)
          or (    receiver_type = any (%(types)s::text[])
              and receiver_id   = any (%(ids)s::text[])
              and (receiver_type, receiver_id) in (select receiver_type, receiver_id from allowed)))
group by day, reason
order by day desc, reason
   limit %(limit)s
