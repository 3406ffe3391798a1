-- For each of these names, in their order, whether it belongs to each of six steps.
--   step1 to step6: LIKE patterns of the step's names; null where there is no such step
  select array[coalesce(name like any (%(step1)s::text[]), false), coalesce(name like any (%(step2)s::text[]), false),
               coalesce(name like any (%(step3)s::text[]), false), coalesce(name like any (%(step4)s::text[]), false),
               coalesce(name like any (%(step5)s::text[]), false), coalesce(name like any (%(step6)s::text[]), false)] as steps
    from unnest(%(all_names)s::text[]) with ordinality as each (name, nth)
order by nth
