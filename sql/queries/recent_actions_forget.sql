-- Deletes rows of the double-fire guard and the ceiling that no event can need that may still arrive.
-- Reads the whole tables, about a second for ten million keys; runs hourly.
select tracking.forget_actions(now() - make_interval(days => tracking.decided('lateness_days')) - interval '1 hour')
