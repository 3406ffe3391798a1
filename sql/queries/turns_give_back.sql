-- Gives the one message of a channel back for people, each on a day, to whom nothing is to be said after all: channel, persons,
-- days.
delete from tracking.notification_turns as turn
      using unnest(%(persons)s::text[], %(days)s::date[]) as taken (person, day)
      where turn.channel = %(channel)s
        and turn.person = taken.person
        and turn.day = taken.day
