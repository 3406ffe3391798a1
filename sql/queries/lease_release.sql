-- Gives a lease back: name, holder.
delete from tracking.leases where name = %s and holder = %s
