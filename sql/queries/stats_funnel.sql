-- follows: stats_scope
-- The number of creators who came to each step, in order and on the same receiver; and the number of all events of each
-- step: two arrays of six.
--   step1 to step6: LIKE patterns of the step's names; null where there is no such step
-- An event may belong to several steps: an application is a click, too. But a creator does one step with it: the next step
-- is another event, and a later one. If two events have one instant, the one that belongs to no earlier step is the later
-- one, since its name tells them apart.
--   only2 to only6: times of events of this step and of none before it; the same instant is late enough
--   also2 to also6: times of the step's other events; only a later instant is
-- Reads the raw rows of the steps once: about 2 s per million.
, steps as (
    select creator, receiver_type, receiver_id, occurred_at,
           coalesce(name like any (%(step1)s::text[]), false) as is1,
           coalesce(name like any (%(step2)s::text[]), false) as is2,
           coalesce(name like any (%(step3)s::text[]), false) as is3,
           coalesce(name like any (%(step4)s::text[]), false) as is4,
           coalesce(name like any (%(step5)s::text[]), false) as is5,
           coalesce(name like any (%(step6)s::text[]), false) as is6
      from raw
),
ways as (  -- a creator's on one receiver: the first time of the first step, and all times of the others
      select creator, min(occurred_at) filter (where is1) as t1, (count(*) filter (where is1))::integer as events1,
             array_agg(occurred_at) filter (where is2 and not is1) as only2,
             array_agg(occurred_at) filter (where is2 and is1) as also2,
             array_agg(occurred_at) filter (where is3 and not (is1 or is2)) as only3,
             array_agg(occurred_at) filter (where is3 and (is1 or is2)) as also3,
             array_agg(occurred_at) filter (where is4 and not (is1 or is2 or is3)) as only4,
             array_agg(occurred_at) filter (where is4 and (is1 or is2 or is3)) as also4,
             array_agg(occurred_at) filter (where is5 and not (is1 or is2 or is3 or is4)) as only5,
             array_agg(occurred_at) filter (where is5 and (is1 or is2 or is3 or is4)) as also5,
             array_agg(occurred_at) filter (where is6 and not (is1 or is2 or is3 or is4 or is5)) as only6,
             array_agg(occurred_at) filter (where is6 and (is1 or is2 or is3 or is4 or is5)) as also6
        from steps
    group by creator, receiver_type, receiver_id
),
-- offset 0: each is computed once, and not again at each use
at2 as (
    select *, least(case when t1 is not null and only2 is not null
                         then (select min(t) from unnest(only2) as t where t >= t1) end,
                    case when t1 is not null and also2 is not null
                         then (select min(t) from unnest(also2) as t where t > t1) end) as t2
      from ways offset 0
),
at3 as (
    select *, least(case when t2 is not null and only3 is not null
                         then (select min(t) from unnest(only3) as t where t >= t2) end,
                    case when t2 is not null and also3 is not null
                         then (select min(t) from unnest(also3) as t where t > t2) end) as t3
      from at2 offset 0
),
at4 as (
    select *, least(case when t3 is not null and only4 is not null
                         then (select min(t) from unnest(only4) as t where t >= t3) end,
                    case when t3 is not null and also4 is not null
                         then (select min(t) from unnest(also4) as t where t > t3) end) as t4
      from at3 offset 0
),
at5 as (
    select *, least(case when t4 is not null and only5 is not null
                         then (select min(t) from unnest(only5) as t where t >= t4) end,
                    case when t4 is not null and also5 is not null
                         then (select min(t) from unnest(also5) as t where t > t4) end) as t5
      from at4 offset 0
),
at6 as (
    select *, least(case when t5 is not null and only6 is not null
                         then (select min(t) from unnest(only6) as t where t >= t5) end,
                    case when t5 is not null and also6 is not null
                         then (select min(t) from unnest(also6) as t where t > t5) end) as t6
      from at5 offset 0
),
creators as (  -- one row for each: the steps reached on any receiver, and the events of each step
      select max(num_nonnulls(t1, t2, t3, t4, t5, t6)) as came, sum(events1) as events1,
             sum(coalesce(cardinality(only2), 0) + coalesce(cardinality(also2), 0)) as events2,
             sum(coalesce(cardinality(only3), 0) + coalesce(cardinality(also3), 0)) as events3,
             sum(coalesce(cardinality(only4), 0) + coalesce(cardinality(also4), 0)) as events4,
             sum(coalesce(cardinality(only5), 0) + coalesce(cardinality(also5), 0)) as events5,
             sum(coalesce(cardinality(only6), 0) + coalesce(cardinality(also6), 0)) as events6
        from at6
    group by creator
)
select array[count(*) filter (where came >= 1), count(*) filter (where came >= 2), count(*) filter (where came >= 3),
             count(*) filter (where came >= 4), count(*) filter (where came >= 5), count(*) filter (where came >= 6)]
           as creators,
       array[sum(events1), sum(events2), sum(events3), sum(events4), sum(events5), sum(events6)]::bigint[] as events
  from creators
