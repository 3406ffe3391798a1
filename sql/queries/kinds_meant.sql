-- Name and source of those of these kinds that are meant. kinds: numbers; names: LIKE patterns; source; null: any.
select kind, name, source
  from tracking.kinds
 where kind = any (%(kinds)s::integer[])
   and (%(names)s::text[] is null or name like any (%(names)s::text[]))
   and (%(source)s::text  is null or source = %(source)s::text)
