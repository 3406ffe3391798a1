-- Notes what a day in the lake holds: day, events, ledger_events, missing, snapshot.
insert into tracking.lake_days (day, events, ledger_events, missing, snapshot)
values (%(day)s, %(events)s, %(ledger_events)s, %(missing)s, %(snapshot)s)
on conflict (day) do update
   set (events, ledger_events, missing, snapshot, outdated, written_at)
     = (excluded.events, excluded.ledger_events, excluded.missing, excluded.snapshot, false, now())
