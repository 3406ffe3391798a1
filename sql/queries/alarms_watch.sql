-- One step of the alarms, until the last full minute: tracking.watch says what it does, and what it costs.
select tracking.watch(date_trunc('minute', now()), tracking.settled_until())
