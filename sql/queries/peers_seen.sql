-- Adds the receivers whose first counted event came since the last night, and takes away those that are older than `oldest`.
-- Receivers that are people, or of people, or of nobody, never come in. timezone: of the counts; today: not counted yet.
-- Reads the daily counts of all time: some seconds for 2 million of them.
with old as (
    delete from tracking.peers where first_day <= %(oldest)s::date
)
insert into tracking.peers (receiver_type, receiver_id, first_day)
select receiver_type, receiver_id, first_day
  from (  select receiver_type, receiver_id, (min(day) at time zone %(timezone)s)::date as first_day
            from tracking.event_counts_daily
        group by 1, 2) as seen
  join tracking.receivers using (receiver_type, receiver_id)
 where shown_owner is not null
   and first_day < %(today)s::date
   and first_day > %(oldest)s::date
on conflict do nothing
