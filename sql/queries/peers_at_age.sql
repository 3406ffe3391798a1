-- The receivers whose latest age this is.
select receiver_type, receiver_id from tracking.peers where age = %(age)s
