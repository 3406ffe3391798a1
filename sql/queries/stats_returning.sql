-- follows: stats_scope
-- The exact unique creators from a moment on, before it, and in both: one row.
--   split: the moment
-- Reads the raw rows of the period once.
, marked as (
      select creator, bool_or(occurred_at >= %(split)s::timestamptz) as is1,
             bool_or(occurred_at < %(split)s::timestamptz) as is2
        from raw
    group by creator
)
select count(*) filter (where is1) as one, count(*) filter (where is2) as other,
       count(*) filter (where is1 and is2) as both
  from marked
