-- ?1: JSON array of trace ids in hex
SELECT key, trace_id, events, errors, started, ended, root_started, root_service, root_operation, environment, services,
    coalesce(received, ingested)
FROM trace
WHERE trace_id IN (SELECT unhex(value) FROM json_each(?1))
