-- Follows stats_scope.sql. How many creators came to each step, in order, each step at or after the one before and on
-- the same receiver; and how many events are of each step, whatever came before. step1 … step6: LIKE patterns of
-- names, null for none. An event may be of several steps: an application is a click, too.
-- Reads the raw rows of the steps, once: about 2 s per million.
, steps as (
    select creator, receiver_type, receiver_id, occurred_at,
           coalesce(name like any (%(step1)s::text[]), false) as is1, coalesce(name like any (%(step2)s::text[]), false) as is2,
           coalesce(name like any (%(step3)s::text[]), false) as is3, coalesce(name like any (%(step4)s::text[]), false) as is4,
           coalesce(name like any (%(step5)s::text[]), false) as is5, coalesce(name like any (%(step6)s::text[]), false) as is6
      from raw
),
ways as (  -- a creator's on one receiver: the first time of the first step, and all times of the others
      select creator, min(occurred_at) filter (where is1) as t1,
             array_agg(occurred_at) filter (where is2) as all2, array_agg(occurred_at) filter (where is3) as all3,
             array_agg(occurred_at) filter (where is4) as all4, array_agg(occurred_at) filter (where is5) as all5,
             array_agg(occurred_at) filter (where is6) as all6, (count(*) filter (where is1))::integer as events1
        from steps
    group by creator, receiver_type, receiver_id
),
-- offset 0: each is computed once, and not again wherever it is named
at2 as (select *, case when t1 is not null and all2 is not null then (select min(t) from unnest(all2) as t where t >= t1) end as t2 from ways offset 0),
at3 as (select *, case when t2 is not null and all3 is not null then (select min(t) from unnest(all3) as t where t >= t2) end as t3 from at2 offset 0),
at4 as (select *, case when t3 is not null and all4 is not null then (select min(t) from unnest(all4) as t where t >= t3) end as t4 from at3 offset 0),
at5 as (select *, case when t4 is not null and all5 is not null then (select min(t) from unnest(all5) as t where t >= t4) end as t5 from at4 offset 0),
at6 as (select *, case when t5 is not null and all6 is not null then (select min(t) from unnest(all6) as t where t >= t5) end as t6 from at5 offset 0),
creators as (  -- one row each: how many steps they came on any receiver, and their events of each step
      select max(num_nonnulls(t1, t2, t3, t4, t5, t6)) as came,
             sum(events1) as events1, sum(cardinality(all2)) as events2, sum(cardinality(all3)) as events3,
             sum(cardinality(all4)) as events4, sum(cardinality(all5)) as events5, sum(cardinality(all6)) as events6
        from at6
    group by creator
)
select array[count(*) filter (where came >= 1), count(*) filter (where came >= 2), count(*) filter (where came >= 3),
             count(*) filter (where came >= 4), count(*) filter (where came >= 5), count(*) filter (where came >= 6)]
           as creators,
       array[sum(events1), sum(events2), sum(events3), sum(events4), sum(events5), sum(events6)]::bigint[] as events
  from creators
