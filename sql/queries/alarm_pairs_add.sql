-- Adds a pair: fewer, more. No row: it is there.
insert into tracking.alarm_pairs (fewer, more) values (%(fewer)s, %(more)s) on conflict do nothing returning fewer
