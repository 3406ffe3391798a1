-- follows: stats_scope
-- The exact unique creators of one side, of the other, and of both: one row. The scope has the receivers and the names of
-- either side.
--   receivers1, receivers2: those of a side, as TYPE:ID; step1, step2: LIKE patterns of its names; null for any
-- Reads the raw rows of both sides once.
, marked as (
      select creator,
             bool_or(    (%(receivers1)s::text[] is null or receiver_type || ':' || receiver_id = any (%(receivers1)s::text[]))
                     and (%(step1)s::text[] is null or name like any (%(step1)s::text[]))) as is1,
             bool_or(    (%(receivers2)s::text[] is null or receiver_type || ':' || receiver_id = any (%(receivers2)s::text[]))
                     and (%(step2)s::text[] is null or name like any (%(step2)s::text[]))) as is2
        from raw
    group by creator
)
select count(*) filter (where is1) as one, count(*) filter (where is2) as other,
       count(*) filter (where is1 and is2) as both
  from marked
