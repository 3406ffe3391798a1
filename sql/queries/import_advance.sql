-- Stores the place that an import has reached: source, fingerprint, file, lines, counts.
insert into tracking.imports (source, fingerprint, file, lines, counts)
     values (%(source)s, %(fingerprint)s, %(file)s, %(lines)s, %(counts)s)
    on conflict (source, fingerprint) do update
           set lines = excluded.lines, counts = excluded.counts, updated_at = now()
