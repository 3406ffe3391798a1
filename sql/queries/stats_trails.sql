-- follows: stats_scope
-- The rows of the trails of each receiver (tracking.trails tells what its columns hold).
--   inner_from, inner_to: the days of UTC that lie in the period from their first instant to their last. Rows of such days
--   are `whole`; of the others only some events are in the period
--   with_kinds, with_quarters, with_times: whether these are needed. Quarters are told of all rows that are not whole, and where a
--   row has none, its times
--   most: events of which columns are told at most; of rows after these they are null
-- 5 microseconds a row, and 1 ms per 100,000 events.
select whole, quarters is not null as packed, receiver_type, receiver_id, (since - date '2000-01-01') * 96 as first_quarter, events,
       case when fits then people end as people,
       case when fits and %(with_kinds)s then kinds end as kinds,
       case when fits and needs_quarters then quarters end as quarters,
       case when fits and (%(with_times)s or (needs_quarters and quarters is null)) then times end as times
  from (select *, sum(events) over (rows unbounded preceding) <= %(most)s as fits,
               since >= %(inner_from)s::date and until <= %(inner_to)s::date as whole
          from trails) as each_
 cross join lateral (select %(with_quarters)s or not whole as needs_quarters) as need
