-- ?1: JSON rows; ?2: seq; ?3: time
INSERT INTO trace (key, trace_id, version, ingested, events, errors, started, ended,
                   root_started, root_service, root_operation, environment, services)
SELECT value ->> 0, unhex(value ->> 1), ?2, ?3, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
       value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10
FROM json_each(?1)
WHERE true
ON CONFLICT (key) DO UPDATE SET
    version = excluded.version, ingested = excluded.ingested, events = excluded.events, errors = excluded.errors,
    started = excluded.started, ended = excluded.ended, root_started = excluded.root_started,
    root_service = excluded.root_service, root_operation = excluded.root_operation, services = excluded.services
