-- What the schema `analytics` says of itself: (relation, its comment, column, type, its comment), by name and place.
  select relname as relation, obj_description(pg_class.oid, 'pg_class') as relation_says, attname as column,
         format_type(atttypid, atttypmod) as type, col_description(attrelid, attnum) as column_says
    from pg_class
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
   where relnamespace = 'analytics'::regnamespace
     and relkind in ('r', 'v')
order by relname, attnum
