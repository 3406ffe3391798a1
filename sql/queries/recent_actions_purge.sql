-- Forgets windows that no event can fall into any more: the lateness. Keys that still act keep their later windows.
-- Reads the whole table, about a second for ten million keys; runs hourly.
with horizon as (
    select now() - make_interval(days => tracking.decided('lateness_days')) - interval '1 hour' as moment
),
outdated as (
    delete from tracking.recent_actions
     where upper(during) < (select moment from horizon)
)
update tracking.recent_actions
   set during = during * tstzmultirange(tstzrange((select moment from horizon), null))
 where lower(during) < (select moment from horizon)
   and upper(during) >= (select moment from horizon)
   and upper(during) - lower(during) > interval '1 day'
