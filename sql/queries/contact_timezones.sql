-- The timezones that people have.
select distinct timezone from tracking.contacts where timezone is not null
