-- Marks that a release of a source was deployed: source, release, at (null: now). No row: there is no such source.
insert into tracking.releases (source, release, deployed_at)
select name, %(release)s, coalesce(%(at)s::timestamptz, now())
  from tracking.sources
 where name = %(source)s
on conflict (source, deployed_at, release) do update
        set release = excluded.release
  returning deployed_at
