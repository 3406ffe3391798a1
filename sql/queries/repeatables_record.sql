-- Records a function, view or policy in the transaction that applied it: name, checksum, settings.
insert into tracking.repeatables (name, checksum, settings) values (%(name)s, %(checksum)s, %(settings)s)
on conflict (name, checksum) do update
   set settings   = excluded.settings,
       applied_at = excluded.applied_at
