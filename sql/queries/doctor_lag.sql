-- The minutes by which each aggregate is behind the newest event: the rest is counted from the raw rows, only slower.
-- At first nothing is materialized and the watermark is at the beginning of time: then it lacks all events.
  select name,
         greatest(0, extract(epoch from (select max(occurred_at) from tracking.events)
             - greatest(tracking.moment(watermark), (select min(occurred_at) from tracking.events)))::bigint / 60)
    from tracking.aggregates
   where exists (select from tracking.events)
order by name
