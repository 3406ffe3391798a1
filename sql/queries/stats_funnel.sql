-- Follows stats_scope.sql. How many creators came to each step, in order, each step at or after the one before and on
-- the same receiver; and how many events are of each step, whatever came before. step1 … step6: LIKE patterns of
-- names, null for none. An event may be of several steps: an application is a click, too.
-- Reads the raw rows of the steps, sorted once by creator and receiver: about 1 s per million.
, steps as (
    select creator, receiver_type, receiver_id, occurred_at,
           coalesce(name like any (%(step1)s::text[]), false) as is1, coalesce(name like any (%(step2)s::text[]), false) as is2,
           coalesce(name like any (%(step3)s::text[]), false) as is3, coalesce(name like any (%(step4)s::text[]), false) as is4,
           coalesce(name like any (%(step5)s::text[]), false) as is5, coalesce(name like any (%(step6)s::text[]), false) as is6
      from raw
),
at1 as (select *, min(occurred_at) filter (where is1)                       over one as t1 from steps window one as (partition by creator, receiver_type, receiver_id)),
at2 as (select *, min(occurred_at) filter (where is2 and occurred_at >= t1) over one as t2 from at1   window one as (partition by creator, receiver_type, receiver_id)),
at3 as (select *, min(occurred_at) filter (where is3 and occurred_at >= t2) over one as t3 from at2   window one as (partition by creator, receiver_type, receiver_id)),
at4 as (select *, min(occurred_at) filter (where is4 and occurred_at >= t3) over one as t4 from at3   window one as (partition by creator, receiver_type, receiver_id)),
at5 as (select *, min(occurred_at) filter (where is5 and occurred_at >= t4) over one as t5 from at4   window one as (partition by creator, receiver_type, receiver_id)),
at6 as (select *, min(occurred_at) filter (where is6 and occurred_at >= t5) over one as t6 from at5   window one as (partition by creator, receiver_type, receiver_id)),
creators as (  -- one row each: how far they came on any receiver
      select creator,
             bool_or(t1 is not null) as to1, bool_or(t2 is not null) as to2, bool_or(t3 is not null) as to3,
             bool_or(t4 is not null) as to4, bool_or(t5 is not null) as to5, bool_or(t6 is not null) as to6,
             count(*) filter (where is1) as events1, count(*) filter (where is2) as events2,
             count(*) filter (where is3) as events3, count(*) filter (where is4) as events4,
             count(*) filter (where is5) as events5, count(*) filter (where is6) as events6
        from at6
    group by creator
)
select array[count(*) filter (where to1), count(*) filter (where to2), count(*) filter (where to3),
             count(*) filter (where to4), count(*) filter (where to5), count(*) filter (where to6)] as creators,
       array[sum(events1), sum(events2), sum(events3), sum(events4), sum(events5), sum(events6)]::bigint[] as events
  from creators
