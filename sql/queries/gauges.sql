-- Name, label and value of each number that /metrics has of the database. A few milliseconds.
select gauge, label, value from tracking.gauges()
