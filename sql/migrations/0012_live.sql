-- Who may watch events as they arrive: the right `live`.
alter table tracking.sources
    drop constraint sources_rights_check,
    add constraint sources_rights_check
        check (rights <@ array['ingest', 'mint', 'stats', 'live', 'export', 'catalogue', 'erase']);
