-- How far behind the newest event each aggregate is, in minutes: what it lacks is counted from the raw rows, only slower.
-- Nothing is materialized at first, the watermark is at the beginning of time: then it lacks all there is.
  select name,
         greatest(0, extract(epoch from (select max(occurred_at) from tracking.events)
             - greatest(tracking.moment(watermark), (select min(occurred_at) from tracking.events)))::bigint / 60)
    from tracking.aggregates
   where exists (select from tracking.events)
order by name
