-- The last applied version of each function, view and policy: name, checksum of its text, the settings it was applied with.
  select distinct on (name) name, checksum, settings
    from tracking.repeatables
order by name, applied_at desc
