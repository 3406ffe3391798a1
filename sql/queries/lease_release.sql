-- Gives a lease back: name, holder.
delete from tracking.leases where name = %(name)s and holder = %(holder)s
