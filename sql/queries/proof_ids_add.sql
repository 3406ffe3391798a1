-- Uses a proof's id: id, seconds for which it must be remembered. No row comes back if it was used before.
insert into tracking.proof_ids (id, expires_at) values (%(id)s, now() + make_interval(secs => %(seconds)s))
on conflict do nothing
