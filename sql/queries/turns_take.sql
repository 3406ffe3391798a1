-- Takes the one message of a channel for people, each on a day; gives those who had none yet. Waits for whoever takes one of
-- them at the same time. channel, persons, days.
insert into tracking.notification_turns (channel, person, day)
select %(channel)s, person, day
  from unnest(%(persons)s::text[], %(days)s::date[]) as taken (person, day)
order by person
on conflict do nothing
returning person
