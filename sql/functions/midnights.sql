-- The midnight of the reporting timezone at or before a moment.
create or replace function tracking.midnight_before(moment timestamptz) returns timestamptz
    language sql
    stable
as $$
    select date_trunc('day', moment, value) from tracking.deployment where key = 'reporting_timezone'
$$;

-- The midnight of the reporting timezone at or after a moment: 26 hours after a day's first instant it is the next day.
create or replace function tracking.midnight_after(moment timestamptz) returns timestamptz
    language sql
    stable
as $$
    select case when before = moment then moment else tracking.midnight_before(before + interval '26 hours') end
      from tracking.midnight_before(moment) as before
$$;
revoke all on function tracking.midnight_before(timestamptz) from public;
revoke all on function tracking.midnight_after(timestamptz) from public;

-- Whether the hours of a timezone have always begun with those of UTC since the year 2000.
create or replace function tracking.has_whole_hours(timezone text) returns boolean
    language sql
    stable
as $$
    select bool_and(extract(minute from moment at time zone timezone) = 0)
      from generate_series('2000-01-01Z'::timestamptz, '2040-01-01Z', '7 days') as moment
$$;
revoke all on function tracking.has_whole_hours(text) from public;
