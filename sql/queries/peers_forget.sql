-- Forgets all numbers: other names are counted from now on.
delete from tracking.peer_ages
