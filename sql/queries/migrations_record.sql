-- Records a migration in the transaction that applied it: name, checksum.
insert into tracking.migrations (name, checksum) values (%(name)s, %(checksum)s)
