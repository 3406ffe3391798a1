-- Every source, revoked ones too.
  select name, version, rights, description, revoked_at
    from tracking.sources
order by name
