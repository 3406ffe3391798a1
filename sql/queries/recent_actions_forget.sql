-- Forgets what the double-fire guard and the ceiling need for no event that may still arrive.
-- Reads the whole tables, about a second for ten million keys; runs hourly.
select tracking.forget_actions(now() - make_interval(days => tracking.decided('lateness_days')) - interval '1 hour')
