-- Lets the next step of the alarms weigh the usual shares anew, which it does once a week otherwise.
update tracking.alarm_state set weighed_at = null
