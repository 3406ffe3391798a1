-- Removes a pair: fewer, more; its incidents are over. No row: there is none.
with removed as (
    delete from tracking.alarm_pairs where (fewer, more) = (%(fewer)s, %(more)s) returning fewer, more
),
over as (
    update tracking.incidents
       set closed_at = now(), closed_by = 'accepted', told_over = true
      from removed
     where name = format('%%s > %%s', fewer, more)
       and closed_at is null
)
select fewer from removed
