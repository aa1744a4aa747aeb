
ON CONFLICT (key) DO UPDATE SET
    version = excluded.version, ingested = excluded.ingested, events = excluded.events, errors = excluded.errors,
    started = excluded.started, ended = excluded.ended, root_started = excluded.root_started,
    root_service = excluded.root_service, root_operation = excluded.root_operation, services = excluded.services
