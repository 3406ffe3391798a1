-- How many things to tell of the last two days ended in each state in which nobody was told, though somebody should have been.
  select state, count(*) as notifications
    from tracking.notifications
   where day >= current_date - 3
     and settled_at > now() - interval '2 days'
     and state in ('failed', 'unknown', 'expired')
group by state
order by state
