-- Takes or extends a lease: name, holder, seconds. One row comes back to the holder, none to all others.
insert into tracking.leases as lease (name, holder, expires_at)
     values (%(name)s, %(holder)s, now() + make_interval(secs => %(seconds)s))
on conflict (name) do update
        set holder = excluded.holder, expires_at = excluded.expires_at
      where lease.holder = excluded.holder or lease.expires_at < now()
  returning true
