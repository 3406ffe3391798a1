-- Who may watch events as they arrive: the right `live`.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
-- (the new condition is wider, and the table has few rows)
alter table tracking.sources
    drop constraint sources_rights_check,
    add constraint sources_rights_check
        check (rights <@ array['ingest', 'mint', 'stats', 'live', 'export', 'catalogue', 'erase']);

-- Whoever reads what has just arrived reads the blocks without a summary row by row. In chunks that are made from now on,
-- autovacuum makes each block's summary as soon as it is full.
alter index tracking.events_by_arrival set (autosummarize = on);
