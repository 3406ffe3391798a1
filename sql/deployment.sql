-- Writes the deployment's decisions, for every process to read.
insert into tracking.deployment values
    ('reporting_timezone', current_setting('footfall.reporting_timezone')),
    ('lateness_days',      current_setting('footfall.lateness_days')),
    ('columnstore_days',   current_setting('footfall.columnstore_days')),
    ('retention_days',     current_setting('footfall.retention_days'))
on conflict (key) do update
   set value = excluded.value;
