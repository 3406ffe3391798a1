-- Counts each receiver at the ages that it reached and was not counted at. timezone: of the counts; today: not over yet; ages:
-- rising; impressions, views, applications: patterns of LIKE.
-- Reads the daily counts since the first day of those receivers, once.
with due as materialized (
    select receiver_type, receiver_id, first_day, days as age, place
      from tracking.peers
     cross join unnest(%(ages)s::bigint[]) with ordinality as ages (days, place)
     where first_day + days::integer <= %(today)s::date
       and not exists (select
                         from tracking.peer_ages as counted
                        where counted.receiver_type = peers.receiver_type
                          and counted.receiver_id   = peers.receiver_id
                          and counted.age = days)
),
receivers as materialized (
    select distinct receiver_type, receiver_id, first_day from due
),
spans as (  -- each day belongs to the first age that has it
      select receiver_type, receiver_id,
             width_bucket(((day at time zone %(timezone)s)::date - first_day)::bigint, %(ages)s::bigint[]) + 1 as place,
             coalesce(sum(events) filter (where name like any (%(impressions)s)), 0)::bigint  as impressions,
             coalesce(sum(events) filter (where name like any (%(views)s)), 0)::bigint        as views,
             coalesce(sum(events) filter (where name like any (%(applications)s)), 0)::bigint as applications
        from tracking.event_counts_daily
        join receivers using (receiver_type, receiver_id)
       where day >= (select min(first_day)::timestamp at time zone %(timezone)s from receivers)
         and day <  %(today)s::timestamp at time zone %(timezone)s
         and (day at time zone %(timezone)s)::date >= first_day
    group by 1, 2, 3
)
insert into tracking.peer_ages (age, receiver_type, receiver_id, impressions, views, applications)
  select age, due.receiver_type, due.receiver_id, coalesce(sum(impressions), 0),
         coalesce(sum(views), 0), coalesce(sum(applications), 0)
    from due
    left join spans
           on spans.receiver_type = due.receiver_type
          and spans.receiver_id   = due.receiver_id
          and spans.place        <= due.place
group by 1, 2, 3
