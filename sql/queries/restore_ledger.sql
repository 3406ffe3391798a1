-- Books those events of a lake's ledger that are missing here: lines, a JSON array. Answers with their number. See
-- sql/functions/restore_ledger.sql.
select tracking.restore_ledger(%(lines)s::jsonb)
